import type { LabelRow } from '../../core/report/model.js';
import type { SelectedRows } from './crossfilter.js';
import type { ReportData } from './report-data.js';
import { restOf } from './rest.js';

/**
 * Traffic by label, most bytes first: of the rows that fit all but the selected labels. Without a selection these are
 * the report's own sums, packets outside of connections included.
 */
export function labelRows(selected: SelectedRows): LabelRow[] {
  if (!selected.isNarrowed('label')) return selected.data.summary.labels;
  return selected.remembered('labels', () => sumsByLabel(selected));
}

function sumsByLabel(selected: SelectedRows): LabelRow[] {
  const { data } = selected;
  const sums = new Map<string, LabelRow>();
  const { texts, at } = data.texts('label');
  const [packets, bytes, lookups] = [data.numbers('packets'), data.numbers('bytes'), data.numbers('is_lookup')];
  const rowOf = rowMaker(data, sums);
  for (const row of selected.rows('label')) {
    const sum = rowOf(texts[at[row]!]!);
    sum.packets += packets[row]!;
    sum.bytes += bytes[row]!;
    if (lookups[row] === 1) sum.lookups++;
    else sum.connections++;
  }
  for (const rest of restOf(selected, 'label').rows) {
    const sum = rowOf(rest.label);
    sum.packets += rest.packets;
    sum.bytes += rest.bytes;
    if (rest.isLookup) sum.lookups += rest.connections;
    else sum.connections += rest.connections;
  }
  return [...sums.values()].sort((a, b) => b.bytes - a.bytes || (a.label < b.label ? -1 : 1));
}

function rowMaker(data: ReportData, sums: Map<string, LabelRow>): (label: string) => LabelRow {
  const known = new Map(data.summary.labels.map((row) => [row.label, row]));
  return (label) => {
    const sum = sums.get(label);
    if (sum !== undefined) return sum;
    const { kind = 'protocol', category = null } = known.get(label) ?? {};
    const row: LabelRow = { label, kind, category, connections: 0, lookups: 0, packets: 0, bytes: 0 };
    sums.set(label, row);
    return row;
  };
}
