import type { CliContext } from './context.js';

/** Says on stderr that the command reads what the user types; nothing where standard input is no terminal. */
export function tellWaiting(content: string, { stderr }: CliContext): void {
  if (process.stdin.isTTY) stderr.write(`dpi: reading ${content}, from the terminal; Ctrl-D ends\n`);
}
