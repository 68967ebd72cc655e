import type { LabelRow } from '../../core/report/model.js';
import type { SelectedRows } from './crossfilter.js';
import { type RestSums, restOf } from './rest.js';

/** What a selection holds. */
export interface Totals extends Pick<RestSums, 'connections' | 'packets' | 'bytes'> {
  lookups: number;
}

/** The sums of the selection; of the capture, packets outside of connections included, without one. */
export function totalsOf(selected: SelectedRows): Totals {
  const { data } = selected;
  const totals: Totals = { connections: 0, lookups: 0, packets: 0, bytes: 0 };
  if (selected.selection.length === 0) {
    for (const row of data.summary.labels) addRow(totals, row);
    return totals;
  }
  const [packets, bytes, lookups] = [data.numbers('packets'), data.numbers('bytes'), data.numbers('is_lookup')];
  for (const row of selected.rows()) {
    totals.packets += packets[row]!;
    totals.bytes += bytes[row]!;
    if (lookups[row] === 1) totals.lookups++;
    else totals.connections++;
  }
  for (const rest of restOf(selected).rows) {
    totals.packets += rest.packets;
    totals.bytes += rest.bytes;
    if (rest.isLookup) totals.lookups += rest.connections;
    else totals.connections += rest.connections;
  }
  return totals;
}

function addRow(totals: Totals, row: LabelRow): void {
  totals.connections += row.connections;
  totals.lookups += row.lookups;
  totals.packets += row.packets;
  totals.bytes += row.bytes;
}

/** Hosts of the selection that connections tell; all of the capture without one. */
export function hostCount(selected: SelectedRows): number {
  const { data } = selected;
  if (selected.selection.length === 0) return data.payload.hostCount;
  const [from, to] = [data.texts('src_ip').at, data.texts('dst_ip').at];
  const places = new Set<number>();
  for (const row of selected.rows()) places.add(from[row]!).add(to[row]!);
  return places.size;
}

/** Bytes of connections without an app, and those of all. */
export function bytesWithoutApp(selected: SelectedRows): { part: number; whole: number } {
  const { data } = selected;
  if (selected.selection.length === 0) {
    const { apps, total_bytes: whole } = data.summary;
    return { part: apps.find(({ app }) => app === UNKNOWN_APP)?.bytes ?? 0, whole };
  }
  const { texts, at } = data.texts('app');
  const unknown = texts.indexOf(UNKNOWN_APP);
  const bytes = data.numbers('bytes');
  let [part, whole] = [0, 0];
  for (const row of selected.rows()) {
    whole += bytes[row]!;
    if (at[row] === unknown) part += bytes[row]!;
  }
  return { part, whole };
}

const UNKNOWN_APP = 'UNKNOWN';
