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
import { addGuide, type Guide } from '../help.js';
import { addAppsOption } from '../options.js';
import { tellWaiting } from '../waiting.js';
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

const GUIDE: Guide = {
  about: `
A rule is an address or prefix (192.0.2.1, 2001:db8::/32), a port (443, udp/443, 6881-6889), a domain (example.com with
its subdomains, =example.com without, *.example.com only those), an app, a category (category:gambling) or a protocol
(proto:ssh). A rule for an app covers its parts. "-" reads rules from standard input, one a line. Put the type in front
where the form is ambiguous: domain:localhost.`,
  examples: [
    ['dpi rules add youtube.com TIKTOK', 'block a site and an app'],
    ['dpi rules add category:gambling proto:bittorrent', 'block a kind of apps and a protocol'],
    ['dpi rules add --allow 10.0.0.0/8', 'never block a network'],
    ['dpi rules add udp/443 --expires 2h', 'block QUIC for two hours'],
    ['dpi rules add --comment "exam week" - < sites.txt'],
  ],
};

export function configureAdd(command: Command, context: CliContext): void {
  command
    .argument('<rule...>', 'addresses, ports, domains, apps, categories or protocols; "-" for standard input')
    .addOption(new Option('--block', 'block matching connections (the default)').conflicts('allow'))
    .option('--allow', 'never block matching connections')
    .addOption(new Option('--type <type>', 'type of all rules').choices(RULE_TYPES))
    .option('--comment <text>', 'comment of the rules')
    .option('--expires <when>', 'when the rules expire: 30m, 2h, 7d or 2030-12-31');
  addAppsOption(command);
  addRulesOptions(command);
  addGuide(command, GUIDE);
  command.action(async (args: string[], flags: AddFlags) => {
    process.exitCode = await add(args, flags, context);
  });
}

async function add(args: string[], flags: AddFlags, context: CliContext): Promise<number> {
  const nowMs = Date.now();
  const expiresMs = flags.expires === undefined ? null : parseExpiry(flags.expires, nowMs);
  const apps = appNamesOf(await loadApps(flags.apps ?? []));
  if (args.includes('-') && !flags.quiet) tellWaiting('rules, one a line', context);
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
    await printResult(
      { store: store.describe(), version, rules },
      lines,
      broadRuleWarnings(groups, apps),
      flags,
      context,
    );
    return EXIT_DONE;
  });
}

/**
 * The rules that arguments and standard input name. A type as the first word ("domain a.example b.example") is the type
 * of all.
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
