/** Exit codes of the program, as its documentation lists them. */
export const EXIT_DONE = 0;
export const EXIT_FOUND = 1;
/** Usage, unreadable input, no store. */
export const EXIT_USAGE = 2;
/** Done, but part of the input was damaged. */
export const EXIT_DAMAGED = 3;
export const EXIT_INTERRUPTED = 130;

/**
 * A mistake of the operator, or something outside the program that fails: never what is wrong with wire data. `message`
 * is one complete sentence that names the file or option; `code` is stable, lower case with dashes ("input-not-found").
 */
export class DpiError extends Error {
  readonly code: string;
  readonly exitCode: number;

  constructor(code: string, message: string, exitCode: number = EXIT_USAGE, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DpiError';
    this.code = code;
    this.exitCode = exitCode;
  }
}
