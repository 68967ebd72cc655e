import type { ConnectionRecord } from '../../core/report/model.js';
import { jsonText } from '../safe-text.js';
import { type Field, LOG_FIELDS, type LogName } from './fields.js';
import { type LogRow, type LogValue, logRows } from './rows.js';

/** Takes text for one of the logs. */
export type WriteLog = (log: LogName, text: string) => void;

/** Zeek's logs as tab-separated values or as JSON lines. A log without rows is not written. */
export class ZeekLogs {
  private readonly begun = new Set<LogName>();

  constructor(
    private readonly write: WriteLog,
    private readonly asJson: boolean,
  ) {}

  connection(c: ConnectionRecord): void {
    for (const [log, row] of logRows(c)) {
      if (!this.begun.has(log)) this.begin(log);
      this.write(log, this.asJson ? jsonLine(row, LOG_FIELDS[log]) : tabbedLine(row, LOG_FIELDS[log]));
    }
  }

  private begin(log: LogName): void {
    this.begun.add(log);
    if (!this.asJson) this.write(log, header(log));
  }
}

/** The lines from which Zeek's tools read the fields (docs.zeek.org, "Log Formats"). */
function header(log: LogName): string {
  const fields = LOG_FIELDS[log];
  return [
    '#separator \\x09',
    '#set_separator\t,',
    '#empty_field\t(empty)',
    '#unset_field\t-',
    `#path\t${log}`,
    `#fields\t${fields.map(([name]) => name).join('\t')}`,
    `#types\t${fields.map(([, type]) => type).join('\t')}`,
    '',
  ].join('\n');
}

function tabbedLine(row: LogRow, fields: readonly Field[]): string {
  return `${fields.map(([name, type]) => tabbedValue(row[name], type)).join('\t')}\n`;
}

function tabbedValue(value: LogValue, type: string): string {
  if (value === undefined) return '-';
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  if (typeof value === 'number') return type === 'time' || type === 'interval' ? value.toFixed(6) : String(value);
  if (value === '-' || value === '(empty)') return `\\x${value.charCodeAt(0).toString(16)}${value.slice(1)}`;
  // What would end a field or a line, as Zeek escapes it.
  return value.replace(/[\x00-\x1f\x7f\\]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`) || '(empty)';
}

function jsonLine(row: LogRow, fields: readonly Field[]): string {
  const members = fields.flatMap(([name]) => {
    const value = row[name];
    if (value === undefined) return [];
    return [`${jsonText(name)}:${typeof value === 'string' ? jsonText(value) : JSON.stringify(value)}`];
  });
  return `{${members.join(',')}}\n`;
}
