import type { ReportSummary } from '../../core/report/model.js';
import { safeText } from '../../render/safe-text.js';
import { valuesOf } from '../data/selection.js';
import { type Column, DataTable, ShareBar } from './data-table.js';
import { usePage } from './page-context.js';
import { Panel } from './panel.js';

type Dns = NonNullable<ReportSummary['dns']>;
type Server = Dns['servers'][number];
interface Code {
  readonly code: string;
  readonly count: number;
}

/** DNS of the whole capture: connections do not tell queries apart. */
export function DnsPanel() {
  const { data, texts, selection, toggle } = usePage();
  const { dns } = data.summary;
  if (dns === null || dns.queries === 0) return null;
  const codes = Object.entries(dns.rcodes).map(([code, count]) => ({ code, count }));
  codes.sort((a, b) => b.count - a.count);
  const picked = valuesOf(selection, 'host');
  const { median, p95, max } = dns.latency_ms;
  const columns: Column<Server>[] = [
    { title: 'Server', cell: ({ address }) => safeText(address) },
    { title: 'Queries', isNumber: true, cell: ({ queries }) => texts.count(queries) },
    { title: 'No answer', isNumber: true, cell: ({ unanswered }) => (unanswered ? texts.count(unanswered) : '') },
    { title: 'Median', isNumber: true, cell: ({ latency_ms }) => texts.millis(latency_ms.median) },
    { title: 'Slowest 5%', isNumber: true, from: 'wide', cell: ({ latency_ms }) => texts.millis(latency_ms.p95) },
  ];
  const codeColumns: Column<Code>[] = [
    { title: 'Response', cell: ({ code }) => safeText(code) },
    { title: 'Share', cell: ({ count }) => <ShareBar part={count} whole={codes[0]!.count} /> },
    { title: 'Count', isNumber: true, cell: ({ count }) => texts.count(count) },
  ];
  return (
    <Panel id="dns" title="DNS" note="of the whole capture">
      <dl class="inline">
        <div>
          <dt>Queries</dt>
          <dd>{texts.count(dns.queries)}</dd>
        </div>
        <div>
          <dt>Without an answer</dt>
          <dd>{dns.unanswered === null ? '–' : texts.count(dns.unanswered)}</dd>
        </div>
        <div>
          <dt>Median, slowest 5%, slowest</dt>
          <dd>{[median, p95, max].map((value) => texts.millis(value)).join(' · ')}</dd>
        </div>
      </dl>
      <DataTable
        caption="DNS servers"
        columns={columns}
        rows={dns.servers}
        limit={6}
        nameOf={({ address }) => address}
        onPick={({ address }) => toggle('host', address)}
        isPicked={({ address }) => picked.includes(address)}
      />
      <DataTable caption="DNS responses" columns={codeColumns} rows={codes} nameOf={({ code }) => code} />
    </Panel>
  );
}
