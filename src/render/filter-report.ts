import type { FilterSummary } from '../core/report/filter-model.js';
import type { InputRow } from '../core/report/model.js';
import { hiddenRouteWords, unreadWords } from './hidden-words.js';
import { type LabelledWords, labelledLines } from './labelled-lines.js';
import { bytesText, countText, durationText, percentText, pluralText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { originText, ruleRowLines, unusedLines } from './rules-table.js';
import { safeText } from './safe-text.js';
import { INDENT } from './section.js';
import { wrapWords } from './text-width.js';

const LABEL_WIDTH = 13;
/** Names of captures that fit on a line. */
const NAMES_SHOWN = 3;
const MODES = {
  inline: 'inline: drops what a filter on the path would drop',
  flow: 'flow: removes blocked connections whole',
  keep: 'keep: only the chosen connections',
  drop: 'drop: all but the chosen connections',
} as const;

/** What a filter did, for people; `elapsedMs` null leaves the time out. No line is wider than `options.width`. */
export function filterLines(summary: FilterSummary, elapsedMs: number | null, options: FormatOptions): string[] {
  const { paint } = options;
  const { inputs, rules } = summary;
  const damages = inputs.filter(({ damage }) => damage !== null);
  const blocked = pluralText(summary.blocked_connections, 'connection');
  const total = countText(summary.total_connections);
  const entries: LabelledWords[] = [
    { label: inputs.length === 1 ? 'Capture' : 'Captures', words: inputWords(inputs) },
    { label: '', words: damageWords(damages, inputs.length), paint: paint.alarm },
    { label: 'Output', words: [writtenText(summary), MODES[summary.mode]] },
    { label: 'Kept', words: amountWords(summary.kept_packets, summary.kept_bytes, summary) },
    { label: 'Dropped', words: amountWords(summary.dropped_packets, summary.dropped_bytes, summary) },
    { label: 'Connections', words: [total, `${blocked} ${isChoice(summary) ? 'left out' : 'blocked'}`] },
    { label: 'Unread', words: unreadWords(summary.unread, summary.total_packets), paint: paint.notable },
    { label: 'Hidden', words: hiddenRouteWords(summary.hidden, summary.total_bytes), paint: paint.notable },
    // A selection keeps without rules.
    { label: 'Rules', words: rules.count > 0 ? [countText(rules.count) + originText(rules)] : noRuleWords(summary) },
  ];
  const present = entries.map((entry) => ({ ...entry, words: entry.words.filter((word) => word !== '') }));
  const lines = labelledLines(present, LABEL_WIDTH, options);
  const ruleLines = [...ruleRowLines(rules.decided, options), ...unusedLines(rules, options)];
  if (ruleLines.length > 0) lines.push('');
  // No spread: a call takes some 120,000 arguments at most.
  for (const line of ruleLines) lines.push(line);
  if (elapsedMs !== null) {
    const text = `Filtered ${pluralText(summary.total_packets, 'packet')} in ${durationText(elapsedMs / 1000)}.`;
    lines.push(
      '',
      ...wrapWords(text.split(' '), ' ', options.width - INDENT, 0).map((line) => paint.faint(` ${line}`)),
    );
  }
  return lines;
}

function inputWords(inputs: readonly InputRow[]): string[] {
  const names = inputs.map(({ name }) => nameText(name, 'standard input'));
  const kinds = new Set(
    inputs.map(({ format, compression }) => [format, compression].filter((part) => part !== null).join(', ')),
  );
  const list = names.length <= NAMES_SHOWN ? names : [`${names[0]} … ${names.at(-1)}`];
  return [...(names.length === 1 ? [] : [countText(names.length)]), ...list, [...kinds].join(' or ')];
}

function damageWords(damages: readonly InputRow[], inputs: number): string[] {
  if (damages.length === 0) return [];
  if (inputs === 1) return [`damaged: ${safeText(damages[0]!.damage!)}`];
  return [`${countText(damages.length)} damaged: the warnings say where`];
}

function writtenText({ dry_run, output, inputs }: FilterSummary): string {
  if (dry_run) return 'dry run: nothing was written';
  const name = nameText(output, 'standard output');
  return inputs.length === 1 ? name : `${pluralText(inputs.length, 'file')} in ${name}`;
}

function noRuleWords(summary: FilterSummary): string[] {
  return isChoice(summary) ? [] : ['none in force'];
}

/** Connections were chosen by `--keep-…`, not by rules. */
function isChoice({ mode }: FilterSummary): boolean {
  return mode === 'keep' || mode === 'drop';
}

function nameText(name: string | null, standard: string): string {
  return name === '-' ? standard : safeText(name ?? '');
}

function amountWords(packets: number, bytes: number, { total_packets: total }: FilterSummary): string[] {
  return [pluralText(packets, 'packet'), bytesText(bytes), percentText(packets, total)];
}
