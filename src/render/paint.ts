import { Chalk } from 'chalk';

/** The few ways in which the report sets text off. Every function returns its text unchanged where colour is off. */
export interface Paint {
  heading(text: string): string;
  /** Secondary: column titles, units, what explains. */
  faint(text: string): string;
  bar(text: string): string;
  /** Deserves a look: unknown apps, guesses, limits that were reached. */
  notable(text: string): string;
  /** Blocked, dropped, damaged. */
  alarm(text: string): string;
}

/** `colour` is the caller's decision (terminal, NO_COLOR, --no-color): chalk's own detection is not asked. */
export function createPaint(colour: boolean): Paint {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  // Wrapped: chalk joins all the arguments that it is called with.
  return {
    heading: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
    bar: (text) => chalk.cyan(text),
    notable: (text) => chalk.yellow(text),
    alarm: (text) => chalk.red(text),
  };
}
