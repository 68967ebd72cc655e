import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import { ConnectionLines, LineFrame } from '../connection-json.js';
import { endsText, evidenceText, paintEvidence } from '../connection-text.js';
import { csvFormat } from '../csv.js';
import { durationText } from '../quantities.js';
import type { FormatOptions, ReportFormat, WriteText } from '../report-format.js';
import { amountColumn, bytesColumn, countColumn, millisecondsColumn, textColumn } from './columns.js';
import { momentWriter } from './moments.js';
import type { View, ViewForm } from './view.js';
import { viewHead, writeTable } from './view-format.js';

const NAME = 'connections';
const FIRST = new LineFrame('\n{', '}');
const NEXT = new LineFrame(',\n{', '}');

/**
 * The connections, which come one by one: JSON and CSV have those that are passed to `connection`, the table has
 * `topConnections`.
 */
export function connectionsFormat(form: ViewForm): (write: WriteText, options: FormatOptions) => ReportFormat {
  if (form === 'csv') return csvFormat;
  return form === 'json' ? connectionsJson : connectionsTable;
}

function connectionsJson(write: WriteText, { writeBytes }: FormatOptions): ReportFormat {
  const lines = new ConnectionLines(write, writeBytes);
  let connections = 0;
  return {
    connection(c) {
      if (connections === 0) write(viewHead(NAME));
      lines.add(connections === 0 ? FIRST : NEXT, c);
      connections++;
    },
    finish() {
      lines.flush();
      write(connections === 0 ? `${viewHead(NAME)}]\n}\n` : '\n]\n}\n');
    },
  };
}

function connectionsTable(write: WriteText, options: FormatOptions): ReportFormat {
  return {
    connection() {},
    finish({ summary, topConnections }) {
      const shown = topConnections.slice(0, options.top);
      writeTable(write, columns, { summary, shown, total: listed(summary), options });
    },
  };
}

function listed({ selected, total_connections: total }: ReportSummary): number {
  return selected?.connections ?? total;
}

const columns: View<ConnectionRecord>['columns'] = (summary, { paint }) => {
  const moment = momentWriter(summary);
  return [
    amountColumn('id', ({ id }) => String(id)),
    {
      title: 'connection',
      align: 'left',
      lines: (c) => [endsText(c, Number.POSITIVE_INFINITY)],
      minWidth: 24,
      fit: (c, _line, width) => endsText(c, width),
    },
    textColumn('label', ({ label }) => label, 7),
    textColumn('domain', ({ domain }) => domain, 12, { shorten: 'middle', expendable: 1 }),
    textColumn('known by', evidenceText, 10, { paint: paintEvidence(paint), expendable: 6 }),
    textColumn('begin', ({ first_seen }) => moment(first_seen), Number.POSITIVE_INFINITY, { expendable: 7 }),
    amountColumn('duration', (c) => durationText(c.last_seen - c.first_seen), { expendable: 8 }),
    countColumn('packets', ({ packets }) => packets, { expendable: 9 }),
    bytesColumn('bytes', ({ bytes }) => bytes),
    millisecondsColumn('rtt', ({ rtt_ms }) => rtt_ms, { expendable: 2 }),
    millisecondsColumn('answer', ({ answer_ms }) => answer_ms, { expendable: 4 }),
    textColumn('TLS', ({ tls_version }) => tls_version, Number.POSITIVE_INFINITY, { expendable: 5 }),
    textColumn('problem', problemOf, 15, { paint: paint.notable }),
  ];
};

/** The rule against the connection, and why it failed. */
function problemOf(c: ConnectionRecord): string {
  const problems: string[] = [];
  if (c.blocked) problems.push(`✗ ${c.blocked_by ?? 'blocked'}`);
  if (c.tcp_outcome !== null) problems.push(c.tcp_outcome);
  if (c.is_handshake_failed) problems.push(['TLS failed', ...c.tls_alerts].join(' '));
  if (c.reset_by !== null && c.tcp_outcome === null) problems.push(`reset by ${c.reset_by}`);
  return problems.join(', ');
}
