import type { FindingRow } from '../core/report/model.js';
import { pluralText } from '../render/quantities.js';
import { safeText } from '../render/safe-text.js';
import type { CliContext } from './context.js';

/**
 * Prints each `--fail-on` condition that was found, also with `--quiet`: it is not a warning. `unread` says which
 * packets could not be read, and stands behind the condition "hidden".
 */
export function printFindings(
  findings: readonly FindingRow[],
  { stderr }: CliContext,
  unread: string | null = null,
): void {
  for (const { condition, connections, packets } of findings) {
    const amount = `${pluralText(connections, 'connection')}, ${pluralText(packets, 'packet')}`;
    const reason = condition === 'hidden' && unread !== null ? `: ${unread}` : '';
    stderr.write(`dpi: found ${safeText(condition)} (${amount})${reason}\n`);
  }
}
