import type { CliContext } from './context.js';
import type { Interrupt } from './interrupt.js';
import type { Output } from './output.js';
import { StreamOutput } from './stream-output.js';

const DEFAULT_PAGER = 'less';

/**
 * Standard output for text: where it is a terminal, text longer than the screen goes through the pager, unless `pager`
 * is false. `interrupt` ends the work when the reader closes a pipe.
 */
export async function openTextOutput(
  { stdout, env }: CliContext,
  pager: boolean,
  interrupt?: Interrupt,
): Promise<Output> {
  const command = pager && stdout.isTTY === true && env.TERM !== 'dumb' ? pagerCommand(env) : null;
  if (command === null) return new StreamOutput(stdout, () => interrupt?.stop());
  const { PagedOutput } = await import('./paged-output.js');
  return new PagedOutput(stdout, command, env, interrupt);
}

/** DPI_PAGER, then PAGER, then less; null where the variable is empty or "cat", which show text at once. */
export function pagerCommand(env: CliContext['env']): string | null {
  const command = (env.DPI_PAGER ?? env.PAGER ?? DEFAULT_PAGER).trim();
  return command === '' || command === 'cat' ? null : command;
}
