import type { FilterSummary } from '../core/report/filter-model.js';
import { jsonText } from './safe-text.js';

/** The summary of a filter run as one JSON object, a member a line. */
export function filterJson(summary: FilterSummary): string {
  const members = Object.entries(summary).map(([key, value]) => `"${key}":${jsonText(value)}`);
  return `{${members.join(',\n')}}\n`;
}
