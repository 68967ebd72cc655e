import type { HostRow } from '../../core/report/model.js';
import { safeText } from '../../render/safe-text.js';
import { hostRows } from '../data/host-rows.js';
import { valuesOf } from '../data/selection.js';
import { type Column, DataTable } from './data-table.js';
import { usePage } from './page-context.js';
import { Panel } from './panel.js';
import { SpanBar } from './span-bar.js';

const LABELS_SHOWN = 3;
const OTHER = 'other';

/** Who talked: names, traffic in both directions, labels, and when. */
export function Hosts() {
  const { data, selected, selection, texts, toggle } = usePage();
  const rows = hostRows(selected);
  const picked = valuesOf(selection, 'host');
  const most = Math.max(1, ...rows.map((row) => Math.max(row.bytes_in, row.bytes_out)));
  const columns: Column<HostRow>[] = [
    { title: 'Host', cell: (row) => <HostName row={row} /> },
    {
      title: 'Received, sent',
      from: 'mid',
      cell: ({ bytes_in, bytes_out }) => (
        <span class="both" aria-hidden="true">
          <span class="in" style={{ width: `${(bytes_in / most) * 100}%` }} />
          <span class="out" style={{ width: `${(bytes_out / most) * 100}%` }} />
        </span>
      ),
    },
    {
      title: 'Received',
      isNumber: true,
      cell: (row) => texts.bytes(row.bytes_in),
      exact: (row) => texts.exactBytes(row.bytes_in),
    },
    {
      title: 'Sent',
      isNumber: true,
      cell: (row) => texts.bytes(row.bytes_out),
      exact: (row) => texts.exactBytes(row.bytes_out),
    },
    {
      title: 'Conns',
      from: 'mid',
      isNumber: true,
      cell: (row) => texts.count(row.connections_as_client + row.connections_as_server),
      exact: (row) =>
        `${texts.count(row.connections_as_client)} as client, ${texts.count(row.connections_as_server)} as server, ${texts.plural(row.lookups, 'look-up')}`,
    },
    { title: 'Labels', from: 'wide', cell: (row) => <HostLabels row={row} /> },
    {
      title: 'When',
      from: 'wide',
      cell: (row) => <SpanBar from={row.first_seen} to={row.last_seen} />,
      exact: (row) => periodOf(row, texts),
    },
  ];
  const left = data.payload.hostCount - rows.length;
  return (
    <Panel
      id="hosts"
      title="Hosts"
      note={
        !selected.isNarrowed('host') && left > 0
          ? `the largest ${texts.count(rows.length)} of ${texts.count(data.payload.hostCount)}`
          : texts.plural(rows.length, 'host')
      }
    >
      <DataTable
        caption="Traffic by host"
        columns={columns}
        rows={rows}
        limit={17}
        nameOf={({ address }) => address}
        onPick={({ address }) => address !== OTHER && toggle('host', address)}
        isPicked={({ address }) => picked.includes(address)}
        hasPicked={picked.length > 0}
      />
    </Panel>
  );
}

function HostName({ row }: { row: HostRow }) {
  const [first] = row.names;
  const more = [...row.names.slice(1).map(({ name }) => name), ...(row.mac === null ? [] : [row.mac])].map(safeText);
  return (
    <span
      class="host"
      title={[...row.names.map(({ name, source }) => `${safeText(name)} (${source})`), row.mac ?? ''].join('\n')}
    >
      <span class="address">{row.address === OTHER ? 'other hosts' : safeText(row.address)}</span>
      {row.roles.map((role) => (
        <span class="tag" key={role}>
          {safeText(role.replace('-server', ''))}
        </span>
      ))}
      {first !== undefined && <span class="faint"> {safeText(first.name)}</span>}
      {first === undefined && more.length > 0 && <span class="faint"> {more[0]}</span>}
    </span>
  );
}

function HostLabels({ row }: { row: HostRow }) {
  const { colours, texts } = usePage();
  const shown = row.labels.slice(0, LABELS_SHOWN);
  const more = row.labels.length - shown.length;
  return (
    <span class="chips">
      {shown.map(({ label, bytes }) => (
        <span key={label} title={`${safeText(label)}: ${texts.bytes(bytes)}`}>
          <span class={`swatch ${colours.of(label)}`} />
          {safeText(label)}
        </span>
      ))}
      {more > 0 && <span class="faint">+{texts.count(more)}</span>}
    </span>
  );
}

function periodOf({ first_seen: first, last_seen: last }: HostRow, texts: ReturnType<typeof usePage>['texts']): string {
  return first === null || last === null ? '' : `${texts.exactTime(first)} to ${texts.exactTime(last)}`;
}
