/**
 * A mistake that the operator can mend: a wrong path, a bad option, an unreachable store. The command line prints
 * `message` as one sentence and ends with `exitCode`; anything else that is thrown counts as a defect of the program.
 */
export class DpiError extends Error {
  /** Stable name for programs, kebab-case: "no-such-file", "not-a-capture". */
  readonly code: string;
  /** 2 for usage, unreadable input and missing stores; see SPEC "Exit codes" for the others. */
  readonly exitCode: number;

  /** `message` names the file or option and may hold raw wire or file-system text: it is escaped when printed. */
  constructor(code: string, message: string, exitCode = 2, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DpiError';
    this.code = code;
    this.exitCode = exitCode;
  }
}
