/** Exit codes, documented for scripts. */
export const EXIT_DONE = 0;
/** A `--fail-on` condition was met. */
const EXIT_FOUND = 1;
/** Every DpiError: wrong usage, unreadable input, a store out of reach. So does a defect. */
export const EXIT_FAILED = 2;
/** Done, but part of the input was damaged. */
export const EXIT_DAMAGED = 3;
/** Ended by SIGINT, as shells report it: 128 and the signal's number. */
export const EXIT_INTERRUPTED = 130;

/** Exit code of a command that came to its end. A finding counts before damage. */
export function exitCodeOf(outcome: { readonly isDamaged: boolean; readonly findings?: readonly unknown[] }): number {
  if (outcome.findings !== undefined && outcome.findings.length > 0) return EXIT_FOUND;
  return outcome.isDamaged ? EXIT_DAMAGED : EXIT_DONE;
}
