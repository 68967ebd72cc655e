import { type Command, Option } from 'commander';
import { appNamesOf } from '../../core/policy/app-names.js';
import type { AppNames, RuleGroup, RuleType } from '../../core/policy/rule.js';
import { parseExpiry } from '../../core/policy/rule-expiry.js';
import { parseRulePattern, RULE_TYPES, type RulePattern } from '../../core/policy/rule-kinds.js';
import { safeText } from '../../render/safe-text.js';
import { broadRuleWarnings } from '../../rules/broad-rules.js';
import { outcomeName } from '../../rules/rule-store.js';
import { loadApps } from '../../usecases/shared/load-apps.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { collect } from '../options.js';
import { countOutcomes, outcomesText } from './outcomes.js';
import { printResult } from './print-result.js';
import { readValues } from './read-values.js';
import { addRulesOptions, type RulesFlags, withStore } from './store-options.js';

interface AddFlags extends RulesFlags {
  allow?: boolean;
  block?: boolean;
  type?: RuleType;
  comment?: string;
  expires?: string;
  apps?: string[];
}

const EXAMPLES = `
A rule is an address or prefix (192.0.2.1, 2001:db8::/32), a port (443, udp/443,
6881-6889), a domain (example.com: it and its subdomains; =example.com: only it;
*.example.com: only its subdomains) or an app. "-" reads rules from standard
input, one a line. Put the type in front where the form leaves doubt:
domain:localhost.

Examples:
  dpi rules add youtube.com TIKTOK            block a site and an app
  dpi rules add --allow 10.0.0.0/8            what must never be blocked
  dpi rules add udp/443 --expires 2h          for the next two hours
  dpi rules add --comment "exam week" - < sites.txt`;

export function configureAdd(command: Command, context: CliContext): void {
  command
    .argument('<rule...>', 'addresses, ports, domains or apps; "-" for standard input')
    .addOption(new Option('--block', 'block what matches (the default)').conflicts('allow'))
    .option('--allow', 'let through what matches, whatever else blocks it')
    .addOption(new Option('--type <type>', 'read every rule as this type').choices(RULE_TYPES))
    .option('--comment <text>', 'why the rule is there')
    .option('--expires <when>', 'end of the rule: 30m, 2h, 7d, or a date such as 2030-12-31')
    .option('--apps <file>', 'add the apps of a file to the known ones (repeatable)', collect);
  addRulesOptions(command);
  command.addHelpText('after', EXAMPLES).action(async (args: string[], flags: AddFlags) => {
    process.exitCode = await add(args, flags, context);
  });
}

async function add(args: string[], flags: AddFlags, context: CliContext): Promise<number> {
  const nowMs = Date.now();
  const expiresMs = flags.expires === undefined ? null : parseExpiry(flags.expires, nowMs);
  const apps = appNamesOf(await loadApps(flags.apps ?? []));
  const patterns = (await patternsOf(args, flags.type ?? null, apps)).map(({ type, value }) => ({ type, value }));
  const action = flags.allow ? 'allow' : 'block';
  const createdMs = Math.floor(nowMs / 1000) * 1000;
  const groups = RULE_TYPES.map((type): RuleGroup => {
    const values = patterns.filter((pattern) => pattern.type === type).map(({ value }) => value);
    return { type, action, values, comment: flags.comment ?? null, expiresMs, createdMs };
  }).filter(({ values }) => values.length > 0);

  return withStore(flags, context, async (store) => {
    const { version, outcomes } = await store.add(groups);
    const rules = groups
      .flatMap(({ type, values }) => Array.from(values, (value) => ({ type, value })))
      .map(({ type, value }, i) => ({
        id: `${type}:${value}`,
        type,
        value,
        action,
        outcome: outcomeName(outcomes[i]!),
      }));
    const where = safeText(store.describe());
    const lines = rules.map(({ id, outcome }) => `${OUTCOME_TEXT[outcome]} ${action} rule ${safeText(id)}`);
    lines.push(`${outcomesText(countOutcomes(outcomes))}; in ${where}`);
    await printResult({ store: store.describe(), version, rules }, lines, broadRuleWarnings(groups), flags, context);
    return EXIT_DONE;
  });
}

/**
 * The rules that arguments and standard input name. A type word in front ("domain a.example b.example") counts for all.
 */
export async function patternsOf(
  args: readonly string[],
  type: RuleType | null,
  apps: AppNames,
): Promise<RulePattern[]> {
  const word = args[0]?.toLowerCase() as RuleType;
  const stated = type === null && args.length > 1 && RULE_TYPES.includes(word);
  const values = await readValues(stated ? args.slice(1) : args);
  return values.map((value) => parseRulePattern(value, apps, stated ? word : type));
}

const OUTCOME_TEXT: Readonly<Record<ReturnType<typeof outcomeName>, string>> = {
  added: 'added',
  replaced: 'replaced by the',
  unchanged: 'already there:',
};
