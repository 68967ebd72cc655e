import { useMemo } from 'preact/hooks';
import { JOIN_KINDS, type JoinEnds, type JoinReport as Joined, type JoinFinding } from '../../core/diff/join-model.js';
import { endsWords } from '../../render/diff-words.js';
import type { JoinPayload } from '../../render/html/payload.js';
import { safeText } from '../../render/safe-text.js';
import { Texts } from '../data/texts.js';
import { COMPARED_ROWS, Comparison, Omitted } from './comparison.js';
import { type Column, DataTable } from './data-table.js';
import { Panel } from './panel.js';

const TITLES: Readonly<Record<JoinFinding['kind'], string>> = {
  'only-a': 'At A only',
  'only-b': 'At B only',
  rewritten: 'Rewritten in between',
  reset: 'Reset at one point only',
  lost: 'Lost data in between',
  delayed: 'Delayed in between',
};

/** What happened to connections between two points of their path. */
export function JoinReport({ payload: { join, omitted, isRedacted } }: { payload: JoinPayload }) {
  const texts = useMemo(() => new Texts(), []);
  const { findings } = join;
  const left = Object.values(omitted).reduce((sum, count) => sum + count, 0);
  const kinds = JOIN_KINDS.map((kind) => ({ kind, rows: findings.filter((row) => row.kind === kind) })).filter(
    ({ rows }) => rows.length > 0,
  );
  const side = (name: string, { input, packets, connections }: Joined['a']) => {
    return { name, inputs: [input], packets, connections, bytes: null, seconds: null };
  };
  return (
    <Comparison
      headline={
        kinds.length === 0
          ? 'Nothing happened between the two points'
          : `${texts.plural(findings.length + left, 'finding')} between the two points`
      }
      meta={metaOf(join, texts)}
      sides={[side('A', join.a), side('B', join.b)]}
      warnings={join.warnings}
      isRedacted={isRedacted}
    >
      {kinds.map(({ kind, rows }) => (
        <Panel key={kind} id={kind} title={TITLES[kind]} note={texts.count(rows.length + (omitted[kind] ?? 0))}>
          <DataTable
            caption={TITLES[kind]}
            columns={columnsOf(kind, rows)}
            rows={rows}
            limit={COMPARED_ROWS}
            nameOf={({ a, b }) => `${a?.id} ${b?.id}`}
          />
          <Omitted count={omitted[kind]} texts={texts} />
        </Panel>
      ))}
    </Comparison>
  );
}

function metaOf({ joined, clock_offset_ms: offset, transit_ms: transit }: Joined, texts: Texts): string[] {
  const words = [`${texts.plural(joined, 'connection')} at both points`];
  if (transit !== null) words.push(`${texts.millis(transit)} from one to the other`);
  if (offset === 0) words.push('clocks agree');
  else if (offset !== null)
    words.push(`clock of B ${texts.millis(Math.abs(offset))} ${offset < 0 ? 'behind' : 'ahead'}`);
  return words;
}

function columnsOf(kind: JoinFinding['kind'], rows: readonly JoinFinding[]): Column<JoinFinding>[] {
  const packet = (title: string, of: (row: JoinFinding) => JoinEnds | null): Column<JoinFinding> => ({
    title,
    isNumber: true,
    from: 'mid',
    cell: (row) => (of(row)?.first_packet ? `#${of(row)!.first_packet}` : '–'),
  });
  const ends = ({ a, b }: JoinFinding) => endsWords((a ?? b)!);
  const columns: Column<JoinFinding>[] = [
    {
      title: 'Connection',
      shape: 'wrap',
      cell: (row) => <code>{safeText(ends(row))}</code>,
      exact: (row) => safeText(ends(row)),
    },
    {
      title: 'Name',
      from: 'wide',
      cell: ({ a, b }) => (a ?? b)!.domain ?? '',
      exact: ({ a, b }) => safeText((a ?? b)!.domain ?? ''),
    },
    { title: 'Label', from: 'wide', shape: 'short', cell: ({ a, b }) => (a ?? b)!.label },
  ];
  // Of the others the title says it all.
  if (kind !== 'only-a' && kind !== 'only-b') {
    columns.splice(1, 0, {
      title: 'What',
      shape: 'wrap',
      cell: ({ detail }) => detail,
      exact: ({ detail }) => safeText(detail),
    });
  }
  if (rows.some(({ a }) => a !== null)) columns.push(packet('First in A', ({ a }) => a));
  if (rows.some(({ b }) => b !== null)) columns.push(packet('First in B', ({ b }) => b));
  return columns;
}
