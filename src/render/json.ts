import { SCHEMA_VERSION } from '../core/report/model.js';
import { GENERATOR } from '../system/version.js';
import { ConnectionLines, LineFrame } from './connection-json.js';
import type { FormatOptions, ReportFormat, WriteText } from './report-format.js';
import { jsonText } from './safe-text.js';
import { writeSummaryMembers } from './summary-json.js';

const FIRST = new LineFrame('\n{', '}');
const NEXT = new LineFrame(',\n{', '}');

/**
 * The report as one object: `schema_version` and `generator`, then the connections as they end, one a line, then the
 * summary. Nothing is written before the first connection or the end, so a run that fails early prints nothing.
 */
export function jsonFormat(write: WriteText, options?: Pick<FormatOptions, 'writeBytes'>): ReportFormat {
  const lines = new ConnectionLines(write, options?.writeBytes);
  let connections = 0;
  return {
    connection(c) {
      if (connections === 0) write(HEAD);
      lines.add(connections === 0 ? FIRST : NEXT, c);
      connections++;
    },
    finish({ summary }) {
      lines.flush();
      write(connections === 0 ? `${HEAD}],\n` : '\n],\n');
      writeSummaryMembers(summary, true, ',\n', write);
      write('\n}\n');
    },
  };
}

const HEAD = `{"schema_version":${SCHEMA_VERSION},\n"generator":${jsonText(GENERATOR)},\n"connections":[`;
