import type { ReportSummary } from '../core/report/model.js';
import { jsonString } from './safe-text.js';

/** Keys that a report begins with, before its connections; all the others follow them. */
export const LEADING_KEYS = ['schema_version', 'generator'] as const;

/**
 * The members of the summary as JSON texts `"key":value`, in the order of `ReportSummary`, the leading keys left out.
 * Arrays that grow with the capture have one element a line where `rowsOnLines` is set.
 */
export function summaryMembers(summary: ReportSummary, rowsOnLines: boolean): string[] {
  const members: string[] = [];
  for (const [key, value] of Object.entries(summary)) {
    if ((LEADING_KEYS as readonly string[]).includes(key)) continue;
    const rows = rowsOnLines && Array.isArray(value) && value.length > 0;
    members.push(`"${key}":${rows ? `[\n${value.map(jsonValue).join(',\n')}\n]` : jsonValue(value)}`);
  }
  return members;
}

/** Any JSON value, with the strings in it (keys as well) made harmless for terminals. */
export function jsonValue(value: unknown): string {
  if (typeof value === 'string') return jsonString(value);
  if (Array.isArray(value)) return `[${value.map(jsonValue).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    // Without arrays of the members: a report may have a row for each of 100,000 names.
    let members = '';
    for (const key of Object.keys(value)) {
      members += `${members === '' ? '' : ','}${jsonString(key)}:${jsonValue((value as Record<string, unknown>)[key])}`;
    }
    return `{${members}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
