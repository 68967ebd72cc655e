/** How reports set text off. Every function takes text on one line without colour, and returns '' for ''. */
export interface Paint {
  heading(text: string): string;
  /** Secondary: column titles, units, explanations. */
  faint(text: string): string;
  bar(text: string): string;
  /** Deserves attention: unknown apps, guesses, limits that were reached. */
  notable(text: string): string;
  /** Blocked, dropped, damaged. */
  alarm(text: string): string;
}

/** No colour: every text stays as it is. */
export const PLAIN: Paint = { heading: same, faint: same, bar: same, notable: same, alarm: same };

/**
 * The styles of a terminal; `colour` is the caller's decision (terminal, NO_COLOR, --no-color). Chalk is loaded only
 * when colour is on, since it takes 5 ms, and its level is set here, since it would decide by rules of its own.
 */
export async function loadPaint(colour: boolean): Promise<Paint> {
  if (!colour) return PLAIN;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return {
    heading: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
    bar: (text) => chalk.cyan(text),
    notable: (text) => chalk.yellow(text),
    alarm: (text) => chalk.red(text),
  };
}

function same(text: string): string {
  return text;
}
