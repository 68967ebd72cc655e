import { EXPLANATION_SCHEMA_VERSION, type ExplainCounts, type Explanation } from '../core/explain/model.js';
import { GENERATOR } from '../system/version.js';
import { explanationLines } from './explain.js';
import { createPaint } from './paint.js';
import { countText, pluralText } from './quantities.js';
import type { WriteText } from './report-format.js';
import { jsonText, safeText } from './safe-text.js';

/** How explanations are written: one after the other, then the end. */
export interface ExplainFormat {
  explanation(explanation: Explanation): void;
  finish(result: ExplainCounts): void;
}

/** For people. */
export function explainText(write: WriteText, options: { width: number; colour: boolean }): ExplainFormat {
  const paint = createPaint(options.colour);
  return {
    explanation(explanation) {
      for (const line of explanationLines(explanation, options.width, paint)) write(`${line}\n`);
      write('\n');
    },
    finish({ query, matched, shown, connections }) {
      const all = pluralText(connections, 'connection');
      const what = safeText(query);
      if (matched === 0) write(`Of ${all}, none matches ${what}.\n`);
      else if (matched > shown) {
        write(`${paint.faint(`${countText(matched - shown)} more of ${all} match ${what}: --top or --all.`)}\n`);
      } else if (matched > 1) write(`${paint.faint(`${countText(matched)} of ${all} match ${what}.`)}\n`);
    },
  };
}

/** One JSON object: an explanation a line, the counts at the end. */
export function explainJson(write: WriteText): ExplainFormat {
  let count = 0;
  const head = `{"schema_version":${EXPLANATION_SCHEMA_VERSION},\n"generator":${jsonText(GENERATOR)},\n"explanations":[`;
  return {
    explanation(explanation) {
      write(count++ === 0 ? `${head}\n` : ',\n');
      write(jsonText(explanation));
    },
    finish({ query, matched, shown, connections }) {
      write(count === 0 ? `${head}],\n` : '\n],\n');
      write(`"query":${jsonText(query)},"matched":${matched},"shown":${shown},"total_connections":${connections}\n}\n`);
    },
  };
}
