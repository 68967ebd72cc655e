import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import type { Column } from '../grid.js';
import type { FormatOptions } from '../report-format.js';

/** The forms of a view: a table for people, one JSON object, rows of CSV. */
export type ViewForm = 'table' | 'json' | 'csv';

/** What `csvCell` takes: a list is joined by spaces. */
type CsvValue = ConnectionRecord[keyof ConnectionRecord];

/** The columns of a CSV file by name, in order. */
export type CsvCells<Row> = Readonly<Record<string, (row: Row) => CsvValue>>;

/** One list of the report. A new one is a file that exports a View, and a line in views.ts. */
export interface View<Row extends object> {
  /** As `--view` takes it. */
  readonly name: string;
  /** All rows, in the order of the report. */
  rows(summary: ReportSummary): readonly Row[];
  /** The table; its first title names the rows. */
  columns(summary: ReportSummary, options: FormatOptions): Column<Row>[];
  readonly cells: CsvCells<Row>;
}

/** Cells for keys whose values fit into a cell as they are. */
export function keyCells<Row extends object>(...keys: readonly (keyof Row & string)[]): CsvCells<Row> {
  return Object.fromEntries(keys.map((key) => [key, (row: Row) => row[key] as CsvValue]));
}
