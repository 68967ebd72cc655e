import { type Command, Option } from 'commander';
import { appNamesOf } from '../../core/policy/app-names.js';
import type { RuleType } from '../../core/policy/rule.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { loadPaint, type Paint } from '../../render/paint.js';
import { safeText } from '../../render/safe-text.js';
import { candidateQueries, RuleChecker, type RuleVerdict, refuseRanges } from '../../rules/rule-checker.js';
import { verdictJson } from '../../rules/rule-json.js';
import { loadApps } from '../../usecases/shared/load-apps.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { addGuide, type Guide } from '../help.js';
import { addAppsOption } from '../options.js';
import { wantsColour } from '../terminal.js';
import { tellWaiting } from '../waiting.js';
import { patternsOf } from './add.js';
import { printResult } from './print-result.js';
import { addRulesOptions, type RulesFlags, withStore } from './store-options.js';

interface CheckFlags extends RulesFlags {
  type?: RuleType;
  apps?: string[];
}

const GUIDE: Guide = {
  about: `
A rule on the address, port, domain, app, category or protocol of a connection blocks it unless an allow rule matches.
Of the matching rules an allow rule decides, then the most specific one.`,
  examples: [
    ['dpi rules check www.youtube.com'],
    ['dpi rules check 203.0.113.7 udp/443 TIKTOK'],
    [`dpi rules check --json example.com | jq -r '.checks[].verdict'`],
  ],
};

export function configureCheck(command: Command, context: CliContext): void {
  command
    .argument('<query...>', 'host names, addresses, ports, apps, category:NAME or proto:NAME; "-" for standard input')
    .addOption(new Option('--type <type>', 'type of all queries').choices(RULE_TYPES));
  addAppsOption(command);
  addRulesOptions(command);
  addGuide(command, GUIDE);
  command.action(async (args: string[], flags: CheckFlags) => {
    process.exitCode = await check(args, flags, context);
  });
}

async function check(args: string[], flags: CheckFlags, context: CliContext): Promise<number> {
  const apps = appNamesOf(await loadApps(flags.apps ?? []));
  if (args.includes('-') && !flags.quiet) tellWaiting('queries, one a line', context);
  const patterns = await patternsOf(args, flags.type ?? null, apps);
  for (const pattern of patterns) refuseRanges(pattern);
  return withStore(flags, context, async (store) => {
    const { version, groups } = await store.find(candidateQueries(patterns, apps));
    const checker = new RuleChecker(groups, Date.now(), apps);
    const verdicts = patterns.flatMap((pattern) => checker.check(pattern));
    const checks = verdicts.map(verdictJson);
    const paint = await loadPaint(wantsColour(context.stdout, context.env, flags.color));
    const lines = verdictLines(verdicts, store.describe(), paint);
    await printResult({ store: store.describe(), version, checks }, lines, [], flags, context);
    return EXIT_DONE;
  });
}

function verdictLines(verdicts: readonly RuleVerdict[], store: string, paint: Paint): string[] {
  const lines = verdicts.flatMap(({ query, type, app, decidedBy, matches }) => {
    const name = safeText(query) + (type === 'domain' && app !== null ? paint.faint(` (${safeText(app)})`) : '');
    if (decidedBy === null) return [`${name}: no rule matches`];
    const word = decidedBy.action === 'block' ? paint.alarm('blocked') : 'allowed';
    const comment = decidedBy.comment === null ? '' : paint.faint(` "${safeText(decidedBy.comment)}"`);
    const others = matches.slice(1).map(({ id, action }) => paint.faint(`  also matches: ${action} ${safeText(id)}`));
    return [`${name}: ${word} by ${safeText(decidedBy.id)}${comment}`, ...others];
  });
  return [...lines, paint.faint(`rules in ${safeText(store)}`)];
}
