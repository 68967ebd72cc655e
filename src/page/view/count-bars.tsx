import { safeText } from '../../render/safe-text.js';
import { type Count, countsOf } from '../data/counts.js';
import type { FacetName } from '../data/facets.js';
import { valuesOf } from '../data/selection.js';
import { type Column, DataTable, ShareBar } from './data-table.js';
import { usePage } from './page-context.js';

interface CountBarsProps {
  readonly title: string;
  readonly facet: FacetName;
  readonly limit?: number;
  /** Values in words. */
  wordsOf?(value: string): string;
  /** Values to show; all unless given. */
  readonly among?: readonly string[];
}

/** Connections of the selection by value of a facet, which select. */
export function CountBars({ title, facet, limit = 6, wordsOf = safeText, among }: CountBarsProps) {
  const { filter, selected, selection, texts, toggle } = usePage();
  const all = countsOf(filter, selected, facet);
  const rows = among === undefined ? all : all.filter(({ value }) => among.includes(value));
  const picked = valuesOf(selection, facet);
  if (rows.length === 0) return null;
  const most = rows[0]!.connections;
  const columns: Column<Count>[] = [
    { title, cell: ({ value }) => <span class="name">{wordsOf(value)}</span> },
    { title: 'Share', cell: ({ connections }) => <ShareBar part={connections} whole={most} /> },
    {
      title: 'Conns',
      isNumber: true,
      cell: ({ connections }) => texts.count(connections),
      exact: ({ bytes }) => texts.exactBytes(bytes),
    },
  ];
  return (
    <div class="counts">
      <DataTable
        caption={`Connections by ${title}`}
        columns={columns}
        rows={rows}
        limit={limit}
        nameOf={({ value }) => value}
        onPick={({ value }) => toggle(facet, value)}
        isPicked={({ value }) => picked.includes(value)}
        hasPicked={picked.length > 0}
      />
    </div>
  );
}
