import type { Command } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { countRules, isExpired, rulesOfGroups } from '../../core/policy/rule.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { pluralText } from '../../render/quantities.js';
import { safeText } from '../../render/safe-text.js';
import type { RuleStore } from '../../rules/rule-store.js';
import { confirmed } from '../confirm.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { addGuide, type Guide } from '../help.js';
import { printResult } from './print-result.js';
import { addRulesOptions, type RulesFlags, withStore } from './store-options.js';

interface ClearFlags extends RulesFlags {
  yes?: boolean;
  expired?: boolean;
}

const GUIDE: Guide = {
  about: `
Asks for confirmation on a terminal; elsewhere --yes is required.`,
  examples: [['dpi rules export > rules.json && dpi rules clear --yes'], ['dpi rules clear --expired']],
};

export function configureClear(command: Command, context: CliContext): void {
  command.option('-y, --yes', 'do not ask for confirmation').option('--expired', 'remove only expired rules');
  addRulesOptions(command);
  addGuide(command, GUIDE);
  command.action(async (flags: ClearFlags) => {
    process.exitCode = await withStore(flags, context, (store) => clear(store, flags, context));
  });
}

async function clear(store: RuleStore, flags: ClearFlags, context: CliContext): Promise<number> {
  if (!flags.expired && !flags.yes) await confirm(store, context);
  const { version, removed } = flags.expired ? await removeExpired(store) : await store.clear();
  const lines = [`${pluralText(removed, 'rule')} removed from ${safeText(store.describe())}`];
  await printResult({ store: store.describe(), version, removed }, lines, [], flags, context);
  return EXIT_DONE;
}

async function removeExpired(store: RuleStore): Promise<{ version: number; removed: number }> {
  const nowMs = Date.now();
  const expired = (await store.load()).groups.filter((group) => isExpired(group, nowMs));
  const rules = [...rulesOfGroups(expired)];
  const selections = RULE_TYPES.map((type) => ({
    type,
    values: rules.filter((rule) => rule.type === type).map(({ value }) => value),
  }));
  const { version, removed } = await store.remove(selections.filter(({ values }) => values.length > 0));
  return { version, removed: removed.length };
}

async function confirm(store: RuleStore, context: CliContext): Promise<void> {
  const count = pluralText(countRules((await store.load()).groups), 'rule');
  if (await confirmed(`Remove ${count} from ${safeText(store.describe())}?`, context)) return;
  throw new DpiError('not-confirmed', 'nothing was removed; --yes removes all rules without asking');
}
