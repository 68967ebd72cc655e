import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { safeText } from '../../render/safe-text.js';
import { connectionsUntold, restOf } from '../data/rest.js';
import { type OrderKey, ordered, type RowOrder } from '../data/row-order.js';
import { stateWords } from '../data/state-words.js';
import type { Texts } from '../data/texts.js';
import { usePage } from './page-context.js';
import { Panel } from './panel.js';
import { SpanBar } from './span-bar.js';

const ROW_HEIGHT = 30;
const ROWS_IN_VIEW = 16;
const ROWS_AROUND = 12;

interface Heading {
  readonly title: string;
  readonly key: OrderKey | null;
  readonly isNumber?: boolean;
  /** As in DataTable. */
  readonly from?: 'mid' | 'wide';
}

const HEADINGS: readonly Heading[] = [
  { title: 'Id', key: 'first_seen', isNumber: true },
  { title: 'Client', key: 'src_ip', from: 'mid' },
  { title: 'Server', key: 'dst_ip' },
  { title: 'Label', key: 'label' },
  { title: 'Name', key: 'domain', from: 'wide' },
  { title: 'State', key: 'state', from: 'mid' },
  { title: 'When', key: null, from: 'wide' },
  { title: 'Round trip', key: 'rtt_ms', isNumber: true, from: 'wide' },
  { title: 'Packets', key: 'packets', isNumber: true, from: 'wide' },
  { title: 'Bytes', key: 'bytes', isNumber: true },
];

/** The connections of the selection. Only the rows in view are drawn. */
export function Connections() {
  const { data, selected, texts, selection } = usePage();
  const [order, setOrder] = useState<RowOrder>({ by: 'bytes', isDescending: true });
  const [top, setTop] = useState(0);
  const frame = useRef<HTMLElement>(null);
  const rows = useMemo(() => ordered(data, selected.rows(), order), [data, selected, order]);
  useEffect(() => {
    frame.current?.scrollTo(0, 0);
    setTop(0);
  }, [selection, order]);
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - ROWS_AROUND);
  const shown = [...rows.subarray(first, first + ROWS_IN_VIEW + 2 * ROWS_AROUND)];
  const below = rows.length - first - shown.length;
  const untold = connectionsUntold(selected);
  return (
    <Panel id="connections" title="Connections" note={<Note rows={rows.length} untold={untold} />}>
      <section
        class="table-frame rows"
        ref={frame}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls needs the keyboard.
        tabIndex={0}
        aria-label="List of connections"
        style={{ maxHeight: `${(ROWS_IN_VIEW + 1) * ROW_HEIGHT}px` }}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        <table class="data fixed" aria-rowcount={rows.length + 1}>
          <caption class="hidden">Connections of the selection. The id opens the details of one.</caption>
          <thead>
            <tr>
              {HEADINGS.map((heading) => (
                <HeadingCell key={heading.title} heading={heading} order={order} onOrder={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {first > 0 && <tr class="spacer" style={{ height: `${first * ROW_HEIGHT}px` }} />}
            {shown.map((row, i) => (
              <ConnectionRow key={row} row={row} place={first + i + 2} />
            ))}
            {below > 0 && <tr class="spacer" style={{ height: `${below * ROW_HEIGHT}px` }} />}
          </tbody>
        </table>
      </section>
      {rows.length === 0 && <p class="empty">{emptyText(restOf(selected).connections, untold, texts)}</p>}
      <p class="note print-only">{`The first ${texts.count(shown.length)} of ${texts.plural(rows.length, 'connection')}`}</p>
    </Panel>
  );
}

/** Why the list is empty: connections that are summed up may fit all the same. */
function emptyText(summedUp: number, untold: number, texts: Texts): string {
  if (summedUp > 0) return `${texts.plural(summedUp, 'connection')} of the selection, too small to be listed.`;
  if (untold > 0) return 'No listed connection fits the selection. Smaller ones may. Escape widens it.';
  return 'No connection fits the selection. Escape widens it.';
}

function Note({ rows, untold }: { rows: number; untold: number }) {
  const { data, texts } = usePage();
  const listed = `${texts.count(rows)} of ${texts.count(data.count)}`;
  if (data.restConnections === 0) return <>{listed}</>;
  return (
    <>
      {listed} listed. {texts.plural(data.restConnections, 'smaller connection')}{' '}
      {data.restConnections === 1 ? 'is' : 'are'} summed up by host and label
      {untold > 0 ? ', and not part of this selection' : ''};{' '}
      {data.payload.parts === null ? (
        <>
          <code>dpi analyze --csv</code> or <code>--ndjson</code> lists all.
        </>
      ) : (
        'the data set of the run has all.'
      )}
    </>
  );
}

interface HeadingCellProps {
  readonly heading: Heading;
  readonly order: RowOrder;
  onOrder(order: RowOrder): void;
}

function HeadingCell({ heading: { title, key, isNumber, from }, order, onOrder }: HeadingCellProps) {
  const isOrder = key !== null && order.by === key;
  const direction = order.isDescending ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      class={[`col-${title.toLowerCase().replace(' ', '-')}`, isNumber ? 'number' : '', from ?? ''].join(' ')}
      aria-sort={isOrder ? direction : undefined}
    >
      {key === null ? (
        title
      ) : (
        <button
          type="button"
          class="sort"
          onClick={() =>
            onOrder({
              by: key,
              isDescending: isOrder ? !order.isDescending : isNumber === true && key !== 'first_seen',
            })
          }
        >
          {title}
          <span aria-hidden="true">{isOrder ? (order.isDescending ? ' ↓' : ' ↑') : ''}</span>
        </button>
      )}
    </th>
  );
}

function ConnectionRow({ row, place }: { row: number; place: number }) {
  const { data, texts, colours, connection, open } = usePage();
  const id = data.numbers('id')[row]!;
  const label = data.text('label', row) ?? '';
  const state = stateWords(data, row);
  const [from, to] = [data.numbers('first_seen')[row]!, data.numbers('last_seen')[row]!];
  const bytes = data.numbers('bytes')[row]!;
  const name = data.text('domain', row) ?? '';
  const isOpen = connection === id;
  return (
    <tr class={isOpen ? 'picked' : undefined} aria-rowindex={place} onClick={() => open(isOpen ? null : id)}>
      <td class="number">
        <button
          type="button"
          class="pick"
          aria-expanded={isOpen}
          aria-label={`Connection ${id}`}
          onClick={(event) => {
            event.stopPropagation();
            open(isOpen ? null : id);
          }}
        >
          {id}
        </button>
      </td>
      <td class="mid">{endpoint(data.text('src_ip', row), data.numbers('src_port')[row]!)}</td>
      <td>{endpoint(data.text('dst_ip', row), data.numbers('dst_port')[row]!)}</td>
      <td>
        <span class={`swatch ${colours.of(label)}`} />
        {safeText(label)}
      </td>
      <td class="wide" title={safeText(name)}>
        {safeText(name)}
      </td>
      <td class={state.isTrouble ? 'mid trouble' : 'mid'}>{safeText(state.words)}</td>
      <td class="wide" title={`${texts.exactTime(from)}, for ${texts.duration(to - from)}`}>
        <SpanBar from={from} to={to} colour={colours.of(label)} />
      </td>
      <td class="number wide">{texts.millis(data.number('rtt_ms', row))}</td>
      <td class="number wide">{texts.count(data.numbers('packets')[row]!)}</td>
      <td class="number" title={texts.exactBytes(bytes)}>
        {texts.bytes(bytes)}
      </td>
    </tr>
  );
}

function endpoint(address: string | null, port: number): string {
  const text = safeText(address ?? '');
  if (port === 0) return text;
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`;
}
