import type { ReportSummary } from '../core/report/model.js';
import type { WriteText } from './report-format.js';
import { jsonText } from './safe-text.js';

/** Keys that a report begins with, before its connections; the others follow the connections. */
const LEADING_KEYS = ['schema_version', 'generator'] as const;

/**
 * Writes the members of the summary as JSON `"key":value`, in the order of `ReportSummary`, without the leading keys.
 * `before` stands in front of each but the first. Arrays are written an element at a time, since there may be 100,000
 * names; with `rowsOnLines` each element has a line of its own.
 */
export function writeSummaryMembers(
  summary: ReportSummary,
  rowsOnLines: boolean,
  before: string,
  write: WriteText,
): void {
  let isFirst = true;
  for (const [key, value] of Object.entries(summary)) {
    if ((LEADING_KEYS as readonly string[]).includes(key)) continue;
    write(`${isFirst ? '' : before}"${key}":`);
    isFirst = false;
    if (!Array.isArray(value) || value.length === 0) {
      write(jsonText(value));
      continue;
    }
    const lineEnd = rowsOnLines ? '\n' : '';
    for (let i = 0; i < value.length; i++) write(`${i === 0 ? '[' : ','}${lineEnd}${jsonText(value[i])}`);
    write(`${lineEnd}]`);
  }
}
