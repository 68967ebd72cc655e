import type { ReportSummary } from '../../core/report/model.js';
import { countColumn, millisecondsColumn, textColumn } from './columns.js';
import { durationCells } from './durations.js';
import { keyCells, type View } from './view.js';

type DnsServerRow = NonNullable<ReportSummary['dns']>['servers'][number];

export const dnsView: View<DnsServerRow> = {
  name: 'dns',
  rows: ({ dns }) => dns?.servers ?? [],
  columns: (_summary, { paint }) => [
    textColumn('DNS servers', ({ address }) => address, 15, { shorten: 'middle' }),
    countColumn('queries', ({ queries }) => queries),
    countColumn('unanswered', ({ unanswered }) => unanswered, { paint: paint.notable }),
    millisecondsColumn('fastest', ({ latency_ms }) => latency_ms.min, { expendable: 2 }),
    millisecondsColumn('median', ({ latency_ms }) => latency_ms.median),
    millisecondsColumn('95%', ({ latency_ms }) => latency_ms.p95),
    millisecondsColumn('slowest', ({ latency_ms }) => latency_ms.max, { expendable: 1 }),
    textColumn('answers', ({ rcodes }) => codeTexts(rcodes, ' ').join(', '), 10),
  ],
  cells: {
    ...keyCells<DnsServerRow>('address', 'queries', 'answered', 'unanswered'),
    rcodes: ({ rcodes }) => codeTexts(rcodes, ':'),
    ...durationCells<DnsServerRow>('latency', ({ latency_ms }) => latency_ms),
  },
};

/** "NXDOMAIN 3" */
function codeTexts(rcodes: Record<string, number>, sign: string): string[] {
  return Object.entries(rcodes).map(([name, count]) => `${name}${sign}${count}`);
}
