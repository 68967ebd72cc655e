/** Exit codes, as documented for scripts. */
export const EXIT_DONE = 0;
/** What `--fail-on` asked about was found. */
export const EXIT_FOUND = 1;
/** Usage, unreadable input, no store. */
export const EXIT_FAILED = 2;
/** Done, but part of the input was damaged. */
export const EXIT_DAMAGED = 3;
export const EXIT_INTERRUPTED = 130;
