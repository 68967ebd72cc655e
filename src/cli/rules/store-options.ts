import type { Command } from 'commander';
import type { RuleStore } from '../../rules/rule-store.js';
import { openRuleStore } from '../compose.js';
import type { CliContext } from '../context.js';
import { addStreamOptions } from '../options.js';

/** What `addStoreOptions` parses. */
export interface StoreFlags {
  rulesFile?: string;
  redis?: string;
  redisPrefix?: string;
}

/** What every `dpi rules` command takes. */
export interface RulesFlags extends StoreFlags {
  json?: boolean;
  color: boolean;
  quiet?: boolean;
}

/** Options that say where the rules are. */
export function addStoreOptions(command: Command): Command {
  return command
    .option(
      '--rules-file <file>',
      "rules in this file (also: DPI_RULES_FILE; default: the user's configuration folder)",
    )
    .option('--redis <url>', 'rules in Redis (also: DPI_REDIS_URL)')
    .option('--redis-prefix <text>', 'what the keys in Redis begin with (also: DPI_REDIS_PREFIX; default: "dpi:")');
}

export function addRulesOptions(command: Command): void {
  addStoreOptions(command).option('--json', 'print JSON');
  addStreamOptions(command);
}

/** Runs `work` with the store that the flags name, and closes it. */
export async function withStore<T>(
  flags: StoreFlags,
  { env }: CliContext,
  work: (store: RuleStore) => Promise<T>,
): Promise<T> {
  const store = openRuleStore(flags, env);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
