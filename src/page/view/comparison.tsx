import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { safeText } from '../../render/safe-text.js';
import { Texts } from '../data/texts.js';
import { type Column, DataTable } from './data-table.js';
import { Notes } from './notes.js';
import { TextsProvider } from './page-context.js';
import { Panel } from './panel.js';

/** Rows of a list before a button shows more. */
export const COMPARED_ROWS = 25;

/** One of the two inputs of a comparison. */
export interface ComparedSide {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly packets: number;
  readonly connections: number;
  /** Null where they are not known. */
  readonly bytes: number | null;
  readonly seconds: number | null;
}

interface ComparisonProps {
  readonly headline: string;
  readonly meta: readonly string[];
  readonly sides: readonly ComparedSide[];
  readonly warnings: readonly string[];
  readonly isRedacted: boolean;
  readonly children: ComponentChildren;
}

/** The frame of a page that compares two inputs: what was found, the two sides, the findings. */
export function Comparison({ headline, meta, sides, warnings, isRedacted, children }: ComparisonProps) {
  const texts = useMemo(() => new Texts(), []);
  const notes = isRedacted ? ['Addresses are replaced.', ...warnings] : warnings;
  return (
    <TextsProvider value={texts}>
      <header class="head">
        <div>
          <h1>{headline}</h1>
          <p class="meta">{meta.join(' · ')}</p>
        </div>
      </header>
      <main class="compared">
        <Panel id="sides" title="Compared">
          <DataTable
            caption="The two sides"
            columns={sideColumns(texts, sides)}
            rows={sides}
            nameOf={({ name }) => name}
          />
        </Panel>
        <div class="grid">{children}</div>
        <Notes notes={notes} />
      </main>
    </TextsProvider>
  );
}

/** Says how many rows of a list the page leaves out; nothing where it has them all. */
export function Omitted({ count, texts }: { count: number | undefined; texts: Texts }) {
  if (count === undefined) return null;
  return (
    <p class="note">
      {texts.plural(count, 'more row')} of this list: <code>dpi diff --json</code> has all.
    </p>
  );
}

function sideColumns(texts: Texts, sides: readonly ComparedSide[]): Column<ComparedSide>[] {
  const columns: Column<ComparedSide>[] = [
    { title: 'Side', shape: 'short', cell: ({ name }) => <span class={`side ${name.toLowerCase()}`}>{name}</span> },
    {
      title: 'Input',
      shape: 'wrap',
      cell: ({ inputs }) => inputs.map((input) => (input === '-' ? 'standard input' : input)).join(', '),
      exact: ({ inputs }) => inputs.map(safeText).join(', '),
    },
    { title: 'Packets', isNumber: true, cell: ({ packets }) => texts.count(packets) },
    { title: 'Conns', isNumber: true, cell: ({ connections }) => texts.count(connections) },
  ];
  if (sides.every(({ bytes }) => bytes === null)) return columns;
  return [
    ...columns,
    {
      title: 'Bytes',
      isNumber: true,
      from: 'mid',
      cell: ({ bytes }) => texts.bytes(bytes ?? 0),
      exact: ({ bytes }) => texts.exactBytes(bytes ?? 0),
    },
    {
      title: 'Time',
      isNumber: true,
      from: 'mid',
      cell: ({ seconds }) => (seconds === null ? '–' : texts.duration(seconds)),
    },
  ];
}
