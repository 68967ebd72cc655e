import type { SelectedRows } from './crossfilter.js';

/** How well the network served some connections. Durations are in milliseconds, null without one. */
export interface QualityRow {
  readonly name: string;
  readonly connections: number;
  readonly rttCount: number;
  readonly rttMedian: number | null;
  readonly rttP95: number | null;
  readonly packets: number;
  readonly retransmitted: number;
  readonly lost: number;
  readonly resets: number;
  readonly unanswered: number;
  readonly refused: number;
  readonly failedHandshakes: number;
}

export type QualityBy = 'label' | 'src_ip' | 'dst_ip';

class Tally {
  connections = 0;
  packets = 0;
  retransmitted = 0;
  lost = 0;
  resets = 0;
  unanswered = 0;
  refused = 0;
  failedHandshakes = 0;
  readonly rtts: number[] = [];

  row(name: string): QualityRow {
    const { rtts, ...counts } = this;
    const sorted = rtts.sort((a, b) => a - b);
    return {
      name,
      ...counts,
      rttCount: sorted.length,
      rttMedian: quantile(sorted, 0.5),
      rttP95: quantile(sorted, 0.95),
    };
  }
}

/** Quality by label, client or server of the selected rows that are no DNS look-ups, most connections first. */
export function qualityRows(selected: SelectedRows, by: QualityBy): QualityRow[] {
  const { texts, at } = selected.data.texts(by);
  const tallies = new Map<number, Tally>();
  const lookups = selected.data.numbers('is_lookup');
  for (const row of selected.rows()) {
    if (lookups[row] === 1) continue;
    const code = at[row]!;
    let tally = tallies.get(code);
    if (tally === undefined) {
      tally = new Tally();
      tallies.set(code, tally);
    }
    addTo(tally, selected, row);
  }
  return [...tallies]
    .map(([code, tally]) => tally.row(texts[code] ?? ''))
    .sort((a, b) => b.connections - a.connections || (a.name < b.name ? -1 : 1));
}

/** The quality of all selected rows, DNS look-ups included. */
export function qualityOfAll(selected: SelectedRows): QualityRow {
  const tally = new Tally();
  for (const row of selected.rows()) addTo(tally, selected, row);
  return tally.row('');
}

function addTo(tally: Tally, { data }: SelectedRows, row: number): void {
  const rtt = data.numbers('rtt_ms')[row]!;
  tally.connections++;
  if (!Number.isNaN(rtt)) tally.rtts.push(rtt);
  const retransmitted = data.numbers('retransmitted_packets')[row]!;
  // NaN where it was not measured, as for UDP.
  if (retransmitted >= 0) {
    tally.packets += data.numbers('packets')[row]!;
    tally.retransmitted += retransmitted;
    tally.lost += data.numbers('lost_segments')[row]! || 0;
  }
  if (data.text('reset_by', row) !== null) tally.resets++;
  const outcome = data.text('tcp_outcome', row);
  if (outcome === 'unanswered') tally.unanswered++;
  if (outcome === 'refused') tally.refused++;
  if (data.numbers('is_handshake_failed')[row] === 1) tally.failedHandshakes++;
}

/** The value below which `part` of the sorted values lie; null without values. */
function quantile(sorted: readonly number[], part: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? null;
}
