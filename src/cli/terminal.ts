/** What the two output streams can show. Decided here once, so that no package makes up its own mind. */

type Environment = Readonly<Record<string, string | undefined>>;
interface Stream {
  isTTY?: boolean;
  columns?: number;
}

/** Width of a report that goes to no terminal at all. */
const DEFAULT_WIDTH = 120;
const NARROWEST = 20;

/**
 * Whether `stream` gets colours: `--no-color`, then FORCE_COLOR (0 and "false" say no), NO_COLOR
 * (https://no-color.org), TERM=dumb, and only then whether it is a terminal.
 */
export function wantsColour(stream: Stream, env: Environment, colourOption: boolean): boolean {
  if (!colourOption) return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return env.TERM !== 'dumb' && stream.isTTY === true;
}

/** Columns for a report on `stdout`; piped into a pager it is as wide as the terminal that stderr still shows. */
export function terminalWidth(stdout: Stream, stderr: Stream, env: Environment): number {
  const fromEnvironment = /^\d{1,4}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : 0;
  const width =
    (stdout.isTTY && stdout.columns) || fromEnvironment || (stderr.isTTY && stderr.columns) || DEFAULT_WIDTH;
  return Math.max(NARROWEST, width);
}
