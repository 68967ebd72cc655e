import { type Command, Option } from 'commander';
import { appNamesOf } from '../../core/policy/app-names.js';
import type { RuleType } from '../../core/policy/rule.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { pluralText } from '../../render/quantities.js';
import { safeText } from '../../render/safe-text.js';
import { anyApp } from '../../rules/any-app.js';
import { loadApps } from '../../usecases/shared/load-apps.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE, EXIT_FAILED } from '../exit-codes.js';
import { addGuide, type Guide } from '../help.js';
import { tellWaiting } from '../waiting.js';
import { patternsOf } from './add.js';
import { printResult } from './print-result.js';
import { addRulesOptions, type RulesFlags, withStore } from './store-options.js';

interface RemoveFlags extends RulesFlags {
  type?: RuleType;
}

const GUIDE: Guide = {
  examples: [
    ['dpi rules remove youtube.com TIKTOK'],
    [`dpi rules list --json |\n  jq -r '.rules[] | select(.comment == "exam week").id' |\n  dpi rules remove -`],
  ],
  exitCodes: '0 done, 2 one of the rules does not exist (the others are removed).',
};

export function configureRemove(command: Command, context: CliContext): void {
  command
    .argument('<rule...>', "rules as for 'dpi rules add', or ids; '-' for standard input")
    .addOption(new Option('--type <type>', 'type of all rules').choices(RULE_TYPES));
  addRulesOptions(command);
  addGuide(command, GUIDE);
  command.action(async (args: string[], flags: RemoveFlags) => {
    process.exitCode = await remove(args, flags, context);
  });
}

async function remove(args: string[], flags: RemoveFlags, context: CliContext): Promise<number> {
  if (args.includes('-') && !flags.quiet) tellWaiting('rules, one a line', context);
  const patterns = await patternsOf(args, flags.type ?? null, anyApp(appNamesOf(await loadApps([]))));
  return withStore(flags, context, async (store) => {
    const selections = RULE_TYPES.map((type) => ({
      type,
      values: patterns.filter((pattern) => pattern.type === type).map(({ value }) => value),
    })).filter(({ values }) => values.length > 0);
    const { version, removed, missing } = await store.remove(selections);
    const lines = removed.map((id) => `removed rule ${safeText(id)}`);
    lines.push(`${pluralText(removed.length, 'rule')} removed from ${safeText(store.describe())}`);
    const warnings = missing.map((id) => `there is no rule ${id}`);
    await printResult({ store: store.describe(), version, removed, missing }, lines, warnings, flags, context);
    return missing.length === 0 ? EXIT_DONE : EXIT_FAILED;
  });
}
