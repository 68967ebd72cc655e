import type { ExplainCounts, Explanation } from '../core/explain/model.js';
import { SCHEMA_VERSION } from '../core/report/model.js';
import { GENERATOR } from '../system/version.js';
import type { WriteText } from './report-format.js';
import { jsonText } from './safe-text.js';

/** Takes explanations one after the other, then the counts. */
export interface ExplainFormat {
  explanation(explanation: Explanation): void;
  finish(result: ExplainCounts): void;
}

/** Explanations as one JSON object: an explanation a line, the counts at the end. */
export function explainJson(write: WriteText): ExplainFormat {
  let count = 0;
  const head = `{"schema_version":${SCHEMA_VERSION},\n"generator":${jsonText(GENERATOR)},\n"explanations":[`;
  return {
    explanation(explanation) {
      write(count++ === 0 ? `${head}\n` : ',\n');
      write(jsonText(explanation));
    },
    finish({ query, matched, shown, connections, packet }) {
      write(count === 0 ? `${head}],\n` : '\n],\n');
      write(
        `"query":${jsonText(query)},"matched":${matched},"shown":${shown},"total_connections":${connections},\n"packet":${jsonText(packet)}\n}\n`,
      );
    },
  };
}
