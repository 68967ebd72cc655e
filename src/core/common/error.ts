/**
 * An operator's mistake, or a failure outside the program; wire data never throws. `message` is one complete sentence
 * that names the file or option; `code` is stable, lower case with dashes ("input-not-found").
 */
export class DpiError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DpiError';
    this.code = code;
  }
}
