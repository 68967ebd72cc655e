import { useState } from 'preact/hooks';
import { safeText } from '../../render/safe-text.js';
import { type QualityBy, type QualityRow, qualityRows } from '../data/quality-rows.js';
import { valuesOf } from '../data/selection.js';
import { type Column, DataTable } from './data-table.js';
import { usePage } from './page-context.js';
import { Panel } from './panel.js';

const CHOICES: readonly (readonly [QualityBy, string])[] = [
  ['label', 'By label'],
  ['src_ip', 'By client'],
  ['dst_ip', 'By server'],
];

/** How well the network served the connections of the selection. */
export function Quality() {
  const { data, selected, selection, texts, toggle, colours } = usePage();
  const [by, setBy] = useState<QualityBy>('label');
  if (data.summary.quality === null) return null;
  const rows = qualityRows(selected, by);
  const facet = by === 'label' ? 'label' : 'host';
  const picked = valuesOf(selection, facet);
  const count = (title: string, of: (row: QualityRow) => number, from?: 'mid' | 'wide'): Column<QualityRow> => ({
    title,
    isNumber: true,
    from,
    cell: (row) => (of(row) === 0 ? '' : texts.count(of(row))),
  });
  const columns: Column<QualityRow>[] = [
    {
      title: CHOICES.find(([key]) => key === by)![1]
        .slice(3)
        .replace(/^./, (letter) => letter.toUpperCase()),
      cell: ({ name }) => (
        <>
          {by === 'label' && <span class={`swatch ${colours.of(name)}`} />}
          {safeText(name)}
        </>
      ),
    },
    count('Conns', (row) => row.connections),
    {
      title: 'Median',
      isNumber: true,
      cell: (row) => texts.millis(row.rttMedian),
      exact: (row) => `round trip, of ${texts.plural(row.rttCount, 'connection')}`,
    },
    { title: 'Slowest 5%', isNumber: true, from: 'mid', cell: (row) => texts.millis(row.rttP95) },
    {
      title: 'Sent again',
      isNumber: true,
      cell: (row) => (row.retransmitted === 0 ? '' : texts.share(row.retransmitted, row.packets)),
      exact: (row) => texts.plural(row.retransmitted, 'packet'),
    },
    count('Lost', (row) => row.lost, 'wide'),
    count('Resets', (row) => row.resets, 'mid'),
    count('Refused', (row) => row.refused, 'wide'),
    count('No answer', (row) => row.unanswered, 'wide'),
    count('TLS failed', (row) => row.failedHandshakes, 'wide'),
  ];
  return (
    <Panel
      id="quality"
      title="Quality"
      note="without DNS look-ups"
      actions={
        <fieldset class="switch">
          <legend class="hidden">Quality by</legend>
          {CHOICES.map(([key, title]) => (
            <button type="button" key={key} aria-pressed={by === key} onClick={() => setBy(key)}>
              {title}
            </button>
          ))}
        </fieldset>
      }
    >
      <DataTable
        caption="Quality of connections"
        columns={columns}
        rows={rows}
        nameOf={({ name }) => name}
        onPick={({ name }) => toggle(facet, name)}
        isPicked={({ name }) => picked.includes(name)}
        hasPicked={picked.length > 0}
      />
    </Panel>
  );
}
