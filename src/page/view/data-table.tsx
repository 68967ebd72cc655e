import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { safeText } from '../../render/safe-text.js';
import { useTexts } from './page-context.js';
import { ScrollingFrame } from './scrolled.js';

export interface Column<Row> {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  /** Left out where the table is narrow ("wide"), or very narrow ("mid"). */
  readonly from?: 'mid' | 'wide';
  /** Where columns share the width evenly: as wide as a short word, less than its share, or with lines that wrap. */
  readonly shape?: 'short' | 'slim' | 'wrap';
  cell(row: Row): ComponentChildren;
  /** Shown by a pointer: the exact value. */
  exact?(row: Row): string;
}

interface DataTableProps<Row> {
  /** For screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Rows before a button shows more. */
  readonly limit?: number;
  /** Names the row; the first column shows it unless it has a cell of its own. */
  nameOf(row: Row): string;
  /** Selects by the row; the first cell is a button then. */
  onPick?(row: Row): void;
  isPicked?(row: Row): boolean;
  /** Some rows are picked, so the others step back. */
  readonly hasPicked?: boolean;
}

const DEFAULT_LIMIT = 10;
const STEP = 100;

/** A list with a row for each thing, whose first cell may select by it. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, limit = DEFAULT_LIMIT, nameOf } = props;
  const [extra, setExtra] = useState(0);
  const texts = useTexts();
  const shown = rows.slice(0, limit + extra);
  const hidden = rows.length - shown.length;
  return (
    <>
      <ScrollingFrame label={caption}>
        <table class={props.hasPicked ? 'data has-picked' : 'data'}>
          <caption class="hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.title} scope="col" class={classOf(column)}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <TableRow key={nameOf(row)} row={row} table={props} />
            ))}
          </tbody>
        </table>
      </ScrollingFrame>
      {rows.length === 0 && <p class="empty">None</p>}
      {hidden > 0 && (
        <button type="button" class="more" onClick={() => setExtra(extra + STEP)}>
          Show {texts.count(Math.min(STEP, hidden))} more of {texts.count(rows.length)}
        </button>
      )}
    </>
  );
}

function TableRow<Row>({ row, table }: { row: Row; table: DataTableProps<Row> }) {
  const { columns, onPick, isPicked, nameOf } = table;
  const picked = isPicked?.(row) ?? false;
  return (
    <tr class={picked ? 'picked' : undefined}>
      {columns.map((column, i) => (
        <td key={column.title} class={classOf(column)} title={column.exact?.(row)}>
          {i === 0 && onPick !== undefined ? (
            <button
              type="button"
              class="pick"
              aria-pressed={picked}
              onClick={() => onPick(row)}
              title={safeText(nameOf(row))}
            >
              {harmless(column.cell(row))}
            </button>
          ) : (
            harmless(column.cell(row))
          )}
        </td>
      ))}
    </tr>
  );
}

/** Texts without characters that turn or break lines. */
function harmless(cell: ComponentChildren): ComponentChildren {
  return typeof cell === 'string' ? safeText(cell) : cell;
}

function classOf<Row>({ isNumber, from, shape }: Column<Row>): string | undefined {
  return [isNumber ? 'number' : '', from, shape].filter(Boolean).join(' ') || undefined;
}

/** A part of a whole as a bar, with the share in words for screen readers in the next column. */
export function ShareBar({ part, whole, colour }: { part: number; whole: number; colour?: string }) {
  const percent = whole <= 0 ? 0 : Math.max(0, Math.min(100, (part / whole) * 100));
  return (
    <span class={`bar ${colour ?? ''}`} aria-hidden="true">
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}
