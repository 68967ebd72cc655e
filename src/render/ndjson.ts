import { ConnectionLines, LineFrame } from './connection-json.js';
import type { FormatOptions, ReportFormat, WriteText } from './report-format.js';
import { jsonText } from './safe-text.js';
import { writeSummaryMembers } from './summary-json.js';

const CONNECTION = new LineFrame('{"type":"connection",', '}\n');

/** One object a line: `"type":"connection"` for each connection as it ends, then a single `"type":"summary"`. */
export function ndjsonFormat(write: WriteText, options?: Pick<FormatOptions, 'writeBytes'>): ReportFormat {
  const lines = new ConnectionLines(write, options?.writeBytes);
  return {
    connection(c) {
      lines.add(CONNECTION, c);
    },
    finish({ summary }) {
      lines.flush();
      const head = `"type":"summary","schema_version":${summary.schema_version},"generator":${jsonText(summary.generator)}`;
      write(`{${head},`);
      writeSummaryMembers(summary, false, ',', write);
      write('}\n');
    },
  };
}
