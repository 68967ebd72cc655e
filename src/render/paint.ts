import { inspect } from 'node:util';

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

/** `colour` is the caller's decision (terminal, NO_COLOR, --no-color). Texts are of one line and bear no colour yet. */
export function createPaint(colour: boolean): Paint {
  const style = colour ? styled : () => plain;
  return {
    heading: style('bold'),
    faint: style('dim'),
    bar: style('cyan'),
    notable: style('yellow'),
    alarm: style('red'),
  };
}

function plain(text: string): string {
  return text;
}

/** Sets text off by the control sequences of a terminal (ECMA-48 §8.3.117, SGR). */
function styled(name: string): (text: string) => string {
  const [on, off] = inspect.colors[name]!;
  return (text) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`);
}
