import { type Command, Option } from 'commander';
import { countRules, isExpired, type Rule, type RuleGroup, type RuleType } from '../../core/policy/rule.js';
import { formatMoment, formatSpan } from '../../core/policy/rule-expiry.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import type { Column } from '../../render/grid.js';
import { createPaint, type Paint } from '../../render/paint.js';
import { countText, pluralText } from '../../render/quantities.js';
import { safeText } from '../../render/safe-text.js';
import { sectionLines } from '../../render/section.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { wholeNumber } from '../options.js';
import { StreamOutput } from '../stream-output.js';
import { terminalWidth, wantsColour } from '../terminal.js';
import { firstRules, writeRulesJson } from './sorted-rules.js';
import { addRulesOptions, type RulesFlags, withStore } from './store-options.js';

/** Rows unless the user says otherwise: more than a screen, less than a long wait. */
const DEFAULT_TOP = 100;

interface ListFlags extends RulesFlags {
  type?: RuleType;
  top: number;
  all?: boolean;
}

const EXAMPLES = `
Examples:
  dpi rules list --type domain
  dpi rules list --json | jq -r '.rules[] | select(.action == "allow").id'`;

export function configureList(command: Command, context: CliContext): void {
  command
    .addOption(new Option('--type <type>', 'only rules of this type').choices(RULE_TYPES))
    .option('--top <n>', 'rows of the table', wholeNumber('--top'), DEFAULT_TOP)
    .option('--all', 'all rows of the table');
  addRulesOptions(command);
  command.addHelpText('after', EXAMPLES).action(async (flags: ListFlags) => {
    const { store, version, groups } = await withStore(flags, context, async (one) => {
      return { ...(await one.load()), store: one.describe() };
    });
    const chosen = flags.type === undefined ? groups : groups.filter(({ type }) => type === flags.type);
    const output = new StreamOutput(context.stdout);
    if (flags.json) await writeRulesJson(output, store, version, chosen);
    else for (const line of listLines(chosen, store, flags, context)) output.write(`${line}\n`);
    await output.commit();
    process.exitCode = EXIT_DONE;
  });
}

function listLines(
  groups: readonly RuleGroup[],
  store: string,
  flags: ListFlags,
  { stdout, stderr, env }: CliContext,
): string[] {
  const paint = createPaint(wantsColour(stdout, env, flags.color));
  const width = terminalWidth(stdout, stderr, env);
  const total = countRules(groups);
  const top = flags.all ? total : Math.min(flags.top, total);
  const rows = [...firstRules(groups, top)];
  const lines = sectionLines(columns(Date.now(), paint), rows, total, { width, colour: false, top }, paint);
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
  return left < 2 * 86_400_000 ? `in ${formatSpan(left)}` : formatMoment(rule.expiresMs).slice(0, 10);
}
