import { connectionMembersJson } from './connection-json.js';
import type { ReportFormat, WriteText } from './report-format.js';
import { jsonValue, summaryMembers } from './summary-json.js';

/** One object a line: `"type":"connection"` for each connection as it ends, then a single `"type":"summary"`. */
export function ndjsonFormat(write: WriteText): ReportFormat {
  return {
    connection(c) {
      write(`{"type":"connection",${connectionMembersJson(c)}}\n`);
    },
    finish({ summary }) {
      const head = `"type":"summary","schema_version":${summary.schema_version},"generator":${jsonValue(summary.generator)}`;
      write(`{${[head, ...summaryMembers(summary, false)].join(',')}}\n`);
    },
  };
}
