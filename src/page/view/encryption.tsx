import type { ReportSummary } from '../../core/report/model.js';
import { safeText } from '../../render/safe-text.js';
import { TRAITS } from '../data/facets.js';
import { CountBars } from './count-bars.js';
import { type Column, DataTable } from './data-table.js';
import { usePage } from './page-context.js';
import { Panel } from './panel.js';

type Certificate = NonNullable<ReportSummary['tls']>['certificates'][number];

const TRAITS_SHOWN = [
  'post-quantum',
  'ech',
  'failed-handshake',
  'expired-certificate',
  'other-certificate',
  'self-signed',
];

/** TLS and QUIC: versions, what servers chose, post-quantum key exchange, Encrypted ClientHello, certificates. */
export function Encryption() {
  const { data } = usePage();
  const { tls, quic } = data.summary;
  if (tls === null || Object.keys(tls.versions).length + Object.keys(quic?.versions ?? {}).length === 0) return null;
  return (
    <Panel id="encryption" title="TLS and QUIC" note="connections of the selection">
      <div class="columns">
        <CountBars title="TLS version" facet="tls" />
        <CountBars title="QUIC version" facet="quic" />
        <CountBars title="ALPN" facet="alpn" />
        <CountBars title="Property" facet="trait" among={TRAITS_SHOWN} wordsOf={traitWords} />
        <CountBars title="Cipher" facet="cipher" />
        <CountBars title="Key exchange" facet="group" />
        <CountBars title="TLS alert" facet="alert" />
        <CountBars title="JA4" facet="ja4" limit={5} />
      </div>
      <Certificates rows={tls.certificates} />
    </Panel>
  );
}

function traitWords(value: string): string {
  return TRAITS.find(({ name }) => name === value)?.words ?? value;
}

function Certificates({ rows }: { rows: readonly Certificate[] }) {
  const { texts } = usePage();
  if (rows.length === 0) return null;
  const columns: Column<Certificate>[] = [
    {
      title: 'Certificate for',
      cell: ({ names }) => <span class="name">{names.map(safeText).join(', ') || '–'}</span>,
    },
    { title: 'Issuer', from: 'wide', cell: ({ issuer }) => <span class="name">{safeText(issuer ?? '–')}</span> },
    { title: 'Valid until', cell: ({ not_after: until }) => (until === null ? '–' : texts.day(until)) },
    {
      title: 'Trouble',
      cell: (row) =>
        [row.expired > 0 && 'expired', row.mismatch > 0 && 'another name', row.self_signed && 'self-signed']
          .filter(Boolean)
          .join(', '),
    },
    { title: 'Conns', isNumber: true, cell: ({ connections }) => texts.count(connections) },
  ];
  return (
    <>
      <h3>Certificates of the capture</h3>
      <DataTable
        caption="Certificates of the capture"
        columns={columns}
        rows={rows}
        limit={5}
        nameOf={({ names, issuer, not_after }) => `${names.join()} ${issuer} ${not_after}`}
      />
    </>
  );
}
