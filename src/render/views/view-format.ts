import { type ConnectionRecord, type ReportSummary, SCHEMA_VERSION } from '../../core/report/model.js';
import { GENERATOR } from '../../system/version.js';
import { csvCell } from '../csv.js';
import type { FormatOptions, ReportFormat, WriteText } from '../report-format.js';
import { jsonText } from '../safe-text.js';
import { INDENT, sectionLines } from '../section.js';
import type { View, ViewForm } from './view.js';

type CreateFormat = (write: WriteText, options: FormatOptions) => ReportFormat;

const NO_CONNECTION = (_: ConnectionRecord): void => {};

/** Writes one list of the report: all rows, or the first `options.top`. */
export function viewFormat<Row extends object>(view: View<Row>, form: ViewForm): CreateFormat {
  if (form === 'json') return viewJson(view);
  return form === 'csv' ? viewCsv(view) : viewTable(view);
}

/** The beginning of the JSON of a view, up to its first row. */
export function viewHead(name: string): string {
  return (
    `{"schema_version":${SCHEMA_VERSION},\n"generator":${jsonText(GENERATOR)},\n` +
    `"view":${jsonText(name)},\n"rows":[`
  );
}

function viewJson<Row extends object>(view: View<Row>): CreateFormat {
  return (write, { top }) => ({
    connection: NO_CONNECTION,
    finish({ summary }) {
      write(viewHead(view.name));
      const rows = view.rows(summary).slice(0, top);
      for (const [i, row] of rows.entries()) write(`${i === 0 ? '\n' : ',\n'}${jsonText(row)}`);
      write(rows.length === 0 ? ']\n}\n' : '\n]\n}\n');
    },
  });
}

function viewCsv<Row extends object>({ cells, rows }: View<Row>): CreateFormat {
  return (write, { top }) => ({
    connection: NO_CONNECTION,
    finish({ summary }) {
      write(`${Object.keys(cells).join(',')}\n`);
      const readers = Object.values(cells);
      for (const row of rows(summary).slice(0, top)) {
        write(`${readers.map((read) => csvCell(read(row))).join(',')}\n`);
      }
    },
  });
}

function viewTable<Row extends object>({ columns, rows }: View<Row>): CreateFormat {
  return (write, options) => ({
    connection: NO_CONNECTION,
    finish({ summary }) {
      const all = rows(summary);
      writeTable(write, columns, { summary, shown: all.slice(0, options.top), total: all.length, options });
    },
  });
}

/** The rows that are shown of all rows. */
export interface TableRows<Row> {
  summary: ReportSummary;
  shown: readonly Row[];
  total: number;
  options: FormatOptions;
}

/** Writes the rows, or says that there are none. */
export function writeTable<Row extends object>(
  write: WriteText,
  columns: View<Row>['columns'],
  { summary, shown, total, options }: TableRows<Row>,
): void {
  for (const line of sectionLines(columns(summary, options), shown, total, options)) write(`${line}\n`);
  if (shown.length === 0) write(`${options.paint.faint(`${' '.repeat(INDENT)}no rows`)}\n`);
}
