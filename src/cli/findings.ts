import type { FindingRow } from '../core/report/model.js';
import { pluralText } from '../render/quantities.js';
import { safeText } from '../render/safe-text.js';
import type { CliContext } from './context.js';

/** Prints each `--fail-on` condition that was found, also with `--quiet`: it is not a warning. */
export function printFindings(findings: readonly FindingRow[], { stderr }: CliContext): void {
  for (const { condition, connections, packets } of findings) {
    const amount = `${pluralText(connections, 'connection')}, ${pluralText(packets, 'packet')}`;
    stderr.write(`dpi: found ${safeText(condition)} (${amount})\n`);
  }
}
