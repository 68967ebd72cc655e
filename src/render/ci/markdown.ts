import { countText, pluralText } from '../quantities.js';
import { safeText } from '../safe-text.js';
import { type CiReport, failedChecks, inputName, proofWords, type Quote } from './ci-report.js';

/** Rows of a table; a step summary of GitHub holds a mebibyte. */
const MOST_ROWS = 200;

/** Findings as Markdown (GitHub's and GitLab's): a heading with the result, and a table of the findings. */
export function markdownText(report: CiReport): string {
  const { checks, inputs, command, warnings } = report;
  const failed = failedChecks(report);
  const packets = inputs.reduce((sum, input) => sum + input.packets, 0);
  const captures = inputs.map(({ name }) => codeSpan(inputName(name))).join(', ');
  const result = failed.length === 0 ? 'nothing found' : pluralText(failed.length, 'finding');
  const lines = [
    `### ${codeSpan(command)}: ${result}`,
    '',
    `${captures}: ${pluralText(packets, 'packet')}, ${pluralText(checks.length, 'check')}`,
  ];
  if (failed.length > 0) {
    const titles = new Map(report.rules.map(({ id, title }) => [id, title]));
    lines.push('', '| | Finding | Connections | Packets |', '|---|---|---:|---|');
    for (const check of failed.slice(0, MOST_ROWS)) {
      const connections = check.amount === null ? '' : countText(check.amount.connections);
      const cells = [titles.get(check.rule) ?? check.rule, check.message(codeSpan), connections];
      lines.push(`| ${[...cells, proofWords(check, report, codeSpan)].join(' | ')} |`);
    }
    if (failed.length > MOST_ROWS) lines.push('', `${countText(failed.length - MOST_ROWS)} more findings`);
  }
  lines.push(...warnings.flatMap((text) => ['', `> warning: ${codeSpan(text)}`]));
  return `${lines.join('\n')}\n`;
}

/**
 * A text as a code span, which takes no markup, links or mentions (GFM §6.1). In a cell of a table a bar needs a
 * backslash (GFM §4.10).
 */
export const codeSpan: Quote = (text) => {
  const safe = safeText(text).replaceAll('|', '\\|');
  if (safe.trim() === '') return '` `';
  const longest = Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^[` ]|[` ]$/.test(safe) ? ' ' : '';
  return `${fence}${pad}${safe}${pad}${fence}`;
};
