import { safeText } from '../../render/safe-text.js';
import { Texts } from '../data/texts.js';
import { type Column, DataTable } from '../view/data-table.js';
import { TextsProvider } from '../view/page-context.js';
import { Panel } from '../view/panel.js';
import type { IngestApp, ServerEvents } from './use-events.js';

const TEXTS = new Texts();
const COLUMNS: readonly Column<IngestApp>[] = [
  { title: 'App', cell: ({ app }) => app },
  { title: 'Conns', isNumber: true, cell: ({ connections }) => TEXTS.count(connections) },
  { title: 'Packets', isNumber: true, cell: ({ packets }) => TEXTS.count(packets) },
  {
    title: 'Bytes',
    isNumber: true,
    cell: ({ bytes }) => TEXTS.bytes(bytes),
    exact: ({ bytes }) => TEXTS.exactBytes(bytes),
  },
];

/** What `POST /ingest` is doing, as it happens. */
export function IngestPanel({ events: { ingest, packetRate } }: { events: ServerEvents }) {
  if (ingest === null) return null;
  const { total_packets: packets, bad_events: bad, open_streams: streams } = ingest;
  if (packets === 0 && bad === 0 && streams === 0) {
    return <p class="note idle">No packet events have come to /ingest since this server started.</p>;
  }
  const figures: [string, string][] = [
    ['Packets', TEXTS.count(packets)],
    ['A second', packetRate === null ? '–' : TEXTS.count(packetRate)],
    ['Bytes', TEXTS.bytes(ingest.total_bytes)],
    ['Connections', TEXTS.count(ingest.total_connections)],
    ['Open', TEXTS.count(ingest.open_connections)],
    ['Dropped', TEXTS.plural(ingest.dropped_packets, 'packet')],
    ['Streams', streams === 0 ? 'none open' : `${TEXTS.count(streams)} open`],
    ...(bad === 0 ? [] : ([['Malformed events', TEXTS.count(bad)]] as [string, string][])),
  ];
  return (
    <TextsProvider value={TEXTS}>
      <Panel id="ingest" title="Packet events" note="of /ingest, since this server started">
        <dl class="inline">
          {figures.map(([title, value]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{safeText(value)}</dd>
            </div>
          ))}
        </dl>
        {ingest.apps.length > 0 && (
          <DataTable
            caption="Apps of packet events, those with the most packets"
            columns={COLUMNS}
            rows={ingest.apps}
            nameOf={({ app }) => app}
          />
        )}
      </Panel>
    </TextsProvider>
  );
}
