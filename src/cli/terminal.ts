/** What the two output streams can show. Decided here, so that no package decides by rules of its own. */

type Environment = Readonly<Record<string, string | undefined>>;
interface Stream {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** Width of a report where there is no terminal. */
const DEFAULT_WIDTH = 120;
/** Width of help where there is no terminal. */
const DEFAULT_HELP_WIDTH = 80;
/** Longer lines of text are hard to read. */
const WIDEST_TEXT = 100;
const NARROWEST = 20;

/** The value of `--color`; false is `--no-color`, and true is `auto`. */
export type ColourOption = 'auto' | 'always' | 'never' | boolean;

/**
 * Whether `stream` gets colours: `--color always`, `--color never` and `--no-color`, then FORCE_COLOR (0 and "false"
 * say no), NO_COLOR (https://no-color.org), TERM=dumb, and only then whether it is a terminal.
 */
export function wantsColour(stream: Stream, env: Environment, colourOption: ColourOption): boolean {
  if (colourOption === false || colourOption === 'never') return false;
  if (colourOption === 'always') return true;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return env.TERM !== 'dumb' && stream.isTTY === true;
}

/** Columns for a report on `stdout`; piped into a pager it is as wide as the terminal that stderr still shows. */
export function terminalWidth(stdout: Stream, stderr: Stream, env: Environment): number {
  const width = (stdout.isTTY && stdout.columns) || columnsOf(env) || (stderr.isTTY && stderr.columns) || DEFAULT_WIDTH;
  return Math.max(NARROWEST, width);
}

/** Lines of the terminal that a report on `stdout` should fit in; Infinity where it is no terminal. */
export function terminalHeight(stdout: Stream): number {
  return stdout.isTTY === true && stdout.rows !== undefined && stdout.rows > 0 ? stdout.rows : Number.POSITIVE_INFINITY;
}

/** Whether the locale has characters beyond ASCII: not where it names an encoding other than UTF-8, or C or POSIX. */
export function hasUnicode({ LC_ALL: all, LC_CTYPE: type, LANG: lang }: Environment): boolean {
  const locale = all || type || lang || '';
  if (locale === '') return true;
  return /utf-?8/i.test(locale) || !(/^(?:C|POSIX)$/.test(locale) || locale.includes('.'));
}

/** Whether a line on `stream` can be drawn again: on a terminal that understands escape sequences. */
export function canRedraw(stream: Stream, env: Environment): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Columns for help on `stream`. */
export function helpWidth(stream: Stream, env: Environment): number {
  const width = (stream.isTTY && stream.columns) || columnsOf(env) || DEFAULT_HELP_WIDTH;
  return Math.min(WIDEST_TEXT, Math.max(NARROWEST, width));
}

/** Columns for errors and warnings on `stream`. Logs and pipes get each message as one line, whatever its length. */
export function messageWidth(stream: Stream, env: Environment): number {
  const width = (stream.isTTY && stream.columns) || columnsOf(env) || Number.POSITIVE_INFINITY;
  return Math.max(NARROWEST, width);
}

function columnsOf({ COLUMNS: columns = '' }: Environment): number {
  return /^\d{1,4}$/.test(columns) ? Number(columns) : 0;
}
