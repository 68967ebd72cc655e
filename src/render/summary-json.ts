import type { ReportSummary } from '../core/report/model.js';
import type { WriteText } from './report-format.js';
import { jsonText } from './safe-text.js';

/** Keys that a report begins with, before its connections; all the others follow them. */
export const LEADING_KEYS = ['schema_version', 'generator'] as const;

/**
 * Writes the members of the summary as JSON `"key":value`, in the order of `ReportSummary`, the leading keys left out:
 * each with `before` in front of it but for the first, and a row at a time, for there may be one for each of 100,000
 * names. Arrays have one element a line where `rowsOnLines` is set.
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
