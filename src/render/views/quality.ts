import type { ReportSummary } from '../../core/report/model.js';
import { countColumn, millisecondsColumn, textColumn } from './columns.js';
import { durationCells } from './durations.js';
import { keyCells, type View } from './view.js';

type LabelQuality = NonNullable<ReportSummary['quality']>['labels'][number];

export const qualityView: View<LabelQuality> = {
  name: 'quality',
  rows: ({ quality }) => quality?.labels ?? [],
  columns: () => [
    textColumn('Quality', ({ label }) => label, 12),
    countColumn('connections', ({ connections }) => connections, { expendable: 2 }),
    millisecondsColumn('rtt', ({ rtt_ms }) => rtt_ms.median),
    millisecondsColumn('95%', ({ rtt_ms }) => rtt_ms.p95),
    millisecondsColumn('max', ({ rtt_ms }) => rtt_ms.max, { expendable: 1 }),
    countColumn('sent again', (row) => row.retransmitted_packets),
    countColumn('late', (row) => row.out_of_order_packets, { expendable: 3 }),
    countColumn('lost', (row) => row.lost_segments),
    countColumn('dup ACKs', (row) => row.duplicate_acks, { expendable: 4 }),
    countColumn('zero windows', (row) => row.zero_windows, { expendable: 4 }),
    countColumn('reset by client', ({ resets }) => resets.client, { expendable: 5 }),
    countColumn('by server', ({ resets }) => resets.server),
    countColumn('refused', ({ refused }) => refused),
    countColumn('unanswered', ({ unanswered }) => unanswered),
    countColumn('TLS failed', (row) => row.failed_handshakes),
    textColumn('alerts', ({ tls_alerts }) => Object.keys(tls_alerts).join(', '), 10, { expendable: 3 }),
  ],
  cells: {
    ...keyCells<LabelQuality>('label', 'connections'),
    ...durationCells<LabelQuality>('rtt', ({ rtt_ms }) => rtt_ms),
    ...keyCells<LabelQuality>(
      'retransmitted_packets',
      'retransmitted_bytes',
      'out_of_order_packets',
      'out_of_order_bytes',
      'lost_segments',
      'duplicate_acks',
      'zero_windows',
    ),
    resets_by_client: ({ resets }) => resets.client,
    resets_by_server: ({ resets }) => resets.server,
    ...keyCells<LabelQuality>('refused', 'unanswered', 'failed_handshakes'),
    tls_alerts: ({ tls_alerts }) => countTexts(tls_alerts),
  },
};

/** "unknown_ca:3" */
function countTexts(counts: Record<string, number>): string[] {
  return Object.entries(counts).map(([name, count]) => `${name}:${count}`);
}
