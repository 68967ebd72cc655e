import { useMemo } from 'preact/hooks';
import { DIFF_CHANGES, DIFF_SECTIONS, type Difference, type DiffSection } from '../../core/diff/model.js';
import { changeText, endsWords, whatText } from '../../render/diff-words.js';
import type { DiffPayload } from '../../render/html/payload.js';
import { safeText } from '../../render/safe-text.js';
import { Texts } from '../data/texts.js';
import { COMPARED_ROWS, Comparison, Omitted } from './comparison.js';
import { type Column, DataTable } from './data-table.js';
import { Panel } from './panel.js';

const TITLES: Readonly<Record<DiffSection, string>> = {
  label: 'Labels',
  name: 'Names',
  host: 'Hosts',
  pair: 'Pairs of hosts',
  quality: 'Quality',
  rule: 'Rules',
};

/** What differs between two captures or reports. */
export function DiffReport({ payload: { diff, omitted, isRedacted } }: { payload: DiffPayload }) {
  const texts = useMemo(() => new Texts(), []);
  const { differences } = diff;
  const left = Object.values(omitted).reduce((sum, count) => sum + count, 0);
  const counts = DIFF_CHANGES.map(
    (change) => [change, differences.filter((row) => row.change === change).length] as const,
  );
  const sections = DIFF_SECTIONS.map((section) => ({
    section,
    rows: differences.filter((row) => row.section === section),
  })).filter(({ rows }) => rows.length > 0);
  return (
    <Comparison
      headline={sections.length === 0 ? 'Nothing differs' : texts.plural(differences.length + left, 'difference')}
      meta={[
        ...(left > 0 ? [`first ${texts.count(differences.length)} listed`] : []),
        ...counts.filter(([, count]) => count > 0).map(([change, count]) => `${texts.count(count)} ${change}`),
        `what differs by less than ${texts.share(diff.threshold, 1)} counts as equal`,
      ]}
      sides={[
        { name: 'A', ...diff.a },
        { name: 'B', ...diff.b },
      ]}
      warnings={diff.warnings}
      isRedacted={isRedacted}
    >
      {sections.map(({ section, rows }) => (
        <Panel
          key={section}
          id={section}
          title={TITLES[section]}
          note={texts.count(rows.length + (omitted[section] ?? 0))}
        >
          <DataTable
            caption={`Differences: ${TITLES[section]}`}
            columns={columnsOf(section, rows, texts)}
            rows={rows}
            limit={COMPARED_ROWS}
            nameOf={(row) => row.what}
          />
          <Omitted count={omitted[section]} texts={texts} />
        </Panel>
      ))}
    </Comparison>
  );
}

function columnsOf(section: DiffSection, rows: readonly Difference[], texts: Texts): Column<Difference>[] {
  const most = rows.reduce((sum, { a, b }) => Math.max(sum, a ?? 0, b ?? 0), 0);
  const columns: Column<Difference>[] = [
    { title: TITLES[section], shape: 'wrap', cell: whatText, exact: whatText },
    { title: 'Change', shape: 'short', cell: (row) => <span class={`change ${row.change}`}>{changeText(row)}</span> },
    valueColumn('A', ({ a }) => a, texts),
    valueColumn('B', ({ b }) => b, texts),
    {
      title: 'A and B',
      from: 'mid',
      shape: 'slim',
      // Measures of quality have units of their own.
      cell: (row) => <TwoBars row={row} most={section === 'quality' ? Math.max(row.a ?? 0, row.b ?? 0) : most} />,
    },
  ];
  if (rows.every(({ proof }) => proof === null)) return columns;
  return [
    ...columns,
    { title: 'Packet', from: 'mid', shape: 'short', cell: packetText },
    {
      title: 'First connection',
      from: 'wide',
      cell: ({ proof }) => (proof === null ? '' : `${proof.id}: ${endsWords(proof)}`),
      exact: ({ proof }) => (proof === null ? '' : safeText(endsWords(proof))),
    },
  ];
}

function valueColumn(title: string, of: (row: Difference) => number | null, texts: Texts): Column<Difference> {
  return {
    title,
    isNumber: true,
    cell: (row) => valueWords(of(row), row.unit, texts),
    exact: (row) => exactWords(of(row), row.unit, texts),
  };
}

function valueWords(value: number | null, unit: Difference['unit'], texts: Texts): string {
  if (value === null) return '–';
  if (unit === 'bytes') return texts.bytes(value);
  if (unit === 'share') return texts.share(value, 1);
  return unit === 'ms' ? texts.millis(value) : texts.count(value);
}

function exactWords(value: number | null, unit: Difference['unit'], texts: Texts): string {
  if (value === null) return '';
  if (unit === 'bytes') return texts.exactBytes(value);
  return unit === 'share' ? texts.share(value, 1) : `${value} ${unit}`;
}

/** The columns beside them have the numbers. */
function TwoBars({ row: { a, b }, most }: { row: Difference; most: number }) {
  const width = (value: number | null) => ({ width: `${most === 0 ? 0 : ((value ?? 0) / most) * 100}%` });
  return (
    <span class="both" aria-hidden="true">
      <span class={a === null ? 'none' : 'out'} style={width(a)} />
      <span class={b === null ? 'none' : 'in'} style={width(b)} />
    </span>
  );
}

/** The packet that shows it, on the side that has it. */
function packetText({ proof, b }: Difference): string {
  return proof === null || proof.packet === null ? '' : `${b === null ? 'A' : 'B'} #${proof.packet}`;
}
