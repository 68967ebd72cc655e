/** A place in a text that an operator wrote, in one line: offsets in UTF-16 units, half-open. */
export interface Excerpt {
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

/**
 * An operator's mistake, or a failure outside the program; wire data never throws. `message` is one complete sentence
 * that names the file or option; `code` is stable, lower case with dashes ("input-not-found").
 */
export class DpiError extends Error {
  readonly code: string;
  /** Where the mistake is, for a command line to show; null where `message` says all. */
  readonly excerpt: Excerpt | null;

  constructor(code: string, message: string, options?: { cause?: unknown; excerpt?: Excerpt }) {
    super(message, options);
    this.excerpt = options?.excerpt ?? null;
    this.name = 'DpiError';
    this.code = code;
  }
}

/**
 * Whether `error` is a DpiError, also one of another bundle of the program, which has the class a second time.
 */
export function isDpiError(error: unknown): error is DpiError {
  return error instanceof DpiError || (error instanceof Error && error.name === 'DpiError' && 'code' in error);
}
