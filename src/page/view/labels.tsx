import type { LabelRow } from '../../core/report/model.js';
import { safeText } from '../../render/safe-text.js';
import { labelRows } from '../data/label-rows.js';
import { valuesOf } from '../data/selection.js';
import { type Column, DataTable, ShareBar } from './data-table.js';
import { usePage } from './page-context.js';
import { Panel } from './panel.js';
import { Treemap } from './treemap.js';

/** Fewer areas say nothing that the list does not. */
const FEWEST_TILES = 3;
const CATEGORY_NAMES: Readonly<Record<string, string>> = { ai: 'AI', vpn: 'VPN', p2p: 'P2P', dns: 'DNS' };

/** Apps and protocols with their shares, as areas and as a list. */
export function Labels() {
  const { selected, selection, texts, colours, toggle } = usePage();
  const rows = labelRows(selected);
  const whole = rows.reduce((sum, row) => sum + row.bytes, 0);
  const picked = valuesOf(selection, 'label');
  const columns: Column<LabelRow>[] = [
    {
      title: 'Label',
      cell: ({ label }) => (
        <>
          <span class={`swatch ${colours.of(label)}`} />
          {safeText(label)}
        </>
      ),
    },
    {
      title: 'Share',
      cell: ({ label, bytes }) => <ShareBar part={bytes} whole={rows[0]!.bytes} colour={colours.of(label)} />,
    },
    { title: '%', isNumber: true, cell: ({ bytes }) => texts.share(bytes, whole) },
    {
      title: 'Bytes',
      isNumber: true,
      cell: ({ bytes }) => texts.bytes(bytes),
      exact: ({ bytes }) => texts.exactBytes(bytes),
    },
    { title: 'Conns', isNumber: true, from: 'mid', cell: ({ connections }) => texts.count(connections) },
    {
      title: 'Look-ups',
      isNumber: true,
      from: 'wide',
      cell: ({ lookups }) => (lookups === 0 ? '' : texts.count(lookups)),
    },
    {
      title: 'Kind',
      from: 'wide',
      cell: ({ category, kind }) => (
        <span class="faint">{safeText(category === null ? kind : (CATEGORY_NAMES[category] ?? category))}</span>
      ),
    },
  ];
  return (
    <Panel id="labels" title="Labels" note={texts.plural(rows.length, 'app or protocol', 'apps and protocols')}>
      {rows.length >= FEWEST_TILES && <Treemap rows={rows} whole={whole} picked={picked} />}
      <DataTable
        caption="Traffic by label"
        columns={columns}
        rows={rows}
        limit={12}
        nameOf={({ label }) => label}
        onPick={({ label }) => toggle('label', label)}
        isPicked={({ label }) => picked.includes(label)}
        hasPicked={picked.length > 0}
      />
    </Panel>
  );
}
