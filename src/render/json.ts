import { SCHEMA_VERSION } from '../core/report/model.js';
import { GENERATOR } from '../version.js';
import { connectionJson } from './connection-json.js';
import type { ReportFormat, WriteText } from './report-format.js';
import { jsonValue, summaryMembers } from './summary-json.js';

/**
 * The report as one object: `schema_version` and `generator`, then the connections as they end, one a line, then the
 * summary. Nothing is written before the first connection or the end, so a run that fails early prints nothing.
 */
export function jsonFormat(write: WriteText): ReportFormat {
  let connections = 0;
  return {
    connection(c) {
      write(connections === 0 ? `${HEAD}\n` : ',\n');
      connections++;
      write(connectionJson(c));
    },
    finish({ summary }) {
      write(connections === 0 ? `${HEAD}],\n` : '\n],\n');
      write(summaryMembers(summary, true).join(',\n'));
      write('\n}\n');
    },
  };
}

const HEAD = `{"schema_version":${SCHEMA_VERSION},\n"generator":${jsonValue(GENERATOR)},\n"connections":[`;
