import { countRules, isExpired, type Rule, type RuleGroup } from '../../core/policy/rule.js';
import { formatMoment, formatSpan, formatTimeLeft } from '../../core/policy/rule-expiry.js';
import type { Column } from '../../render/grid.js';
import type { Paint } from '../../render/paint.js';
import { countText, pluralText } from '../../render/quantities.js';
import type { FormatOptions } from '../../render/report-format.js';
import { safeText } from '../../render/safe-text.js';
import { sectionLines } from '../../render/section.js';
import { firstRules } from './sorted-rules.js';

/** The rules of `dpi rules list` as a table, and below it how many there are in `store`. */
export function ruleListLines(groups: readonly RuleGroup[], store: string, options: FormatOptions): string[] {
  const { paint } = options;
  const total = countRules(groups);
  const top = Math.min(options.top, total);
  const rows = [...firstRules(groups, top)];
  const lines = [...sectionLines(columns(Date.now(), paint), rows, total, options)];
  if (rows.length < total) lines[lines.length - 1] += paint.faint('; --all shows them');
  if (total === 0) return [paint.faint(` no rules in ${safeText(store)}`)];
  const blocks = countRules(groups.filter(({ action }) => action === 'block'));
  const counts = `${countText(blocks)} block, ${countText(total - blocks)} allow`;
  return [...lines, '', paint.faint(` ${pluralText(total, 'rule')} (${counts}) in ${safeText(store)}`)];
}

function columns(nowMs: number, paint: Paint): Column<Rule>[] {
  const fixed = Number.POSITIVE_INFINITY;
  const faint = (text: string) => paint.faint(text);
  return [
    { title: 'type', align: 'left', lines: ({ type }) => [type], minWidth: fixed },
    { title: 'value', align: 'left', lines: ({ value }) => [safeText(value)], minWidth: 16, shorten: 'middle' },
    {
      title: 'action',
      align: 'left',
      lines: ({ action }) => [action],
      minWidth: fixed,
      paint: (text, { action }) => (action === 'block' ? paint.alarm(text) : text),
    },
    {
      title: 'comment',
      align: 'left',
      lines: ({ comment }) => [safeText(comment ?? '')],
      minWidth: 10,
      expendable: 2,
      paint: faint,
    },
    {
      title: 'expires',
      align: 'left',
      lines: (rule) => [expiryText(rule, nowMs)],
      minWidth: fixed,
      expendable: 1,
      paint: (text, rule) => (isExpired(rule, nowMs) ? paint.notable(text) : text),
    },
    {
      title: 'age',
      align: 'right',
      lines: ({ createdMs }) => [createdMs === 0 ? '' : formatSpan(nowMs - createdMs)],
      minWidth: fixed,
      expendable: 3,
      paint: faint,
    },
  ];
}

function expiryText(rule: Rule, nowMs: number): string {
  if (rule.expiresMs === null) return '';
  if (isExpired(rule, nowMs)) return 'expired';
  const left = rule.expiresMs - nowMs;
  return left < 2 * 86_400_000 ? `in ${formatTimeLeft(left)}` : formatMoment(rule.expiresMs).slice(0, 10);
}
