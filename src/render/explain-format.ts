import { explanationLines } from './explain.js';
import type { ExplainFormat } from './explain-json.js';
import type { Paint } from './paint.js';
import { countText, pluralText } from './quantities.js';
import type { WriteText } from './report-format.js';
import { safeText } from './safe-text.js';

/** Explanations for people. */
export function explainText(write: WriteText, { width, paint }: { width: number; paint: Paint }): ExplainFormat {
  return {
    explanation(explanation) {
      for (const line of explanationLines(explanation, width, paint)) write(`${line}\n`);
      write('\n');
    },
    finish({ query, matched, shown, connections }) {
      const all = pluralText(connections, 'connection');
      const what = safeText(query);
      if (matched === 0) write(`None of ${all} matches ${what}.\n`);
      else if (matched > shown) {
        write(`${paint.faint(`${countText(matched - shown)} more of ${all} match ${what}: --top or --all.`)}\n`);
      } else if (matched > 1) write(`${paint.faint(`${countText(matched)} of ${all} match ${what}.`)}\n`);
    },
  };
}
