import type { Command } from 'commander';
import type { RuleStore } from '../../rules/rule-store.js';
import { openRuleStore } from '../compose-stores.js';
import type { CliContext } from '../context.js';
import { addGroup, OUTPUT_GROUP, RULES_GROUP } from '../help.js';
import { addStreamOptions } from '../options.js';
import type { ColourOption } from '../terminal.js';

/** What `addStoreOptions` parses. */
export interface StoreFlags {
  rulesFile?: string;
  redis?: string;
  redisPrefix?: string;
}

/** What `addRulesOptions` parses. */
export interface RulesFlags extends StoreFlags {
  json?: boolean;
  color: ColourOption;
  quiet?: boolean;
}

/** Options that say where the rules are stored. */
export function addStoreOptions(command: Command): void {
  addGroup(command, RULES_GROUP, () => {
    command.option('--rules-file <file>', 'rules file (also: DPI_RULES_FILE; default: in the configuration folder)');
    command.option('--redis <url>', 'rules in Redis (also: DPI_REDIS_URL)');
    command.option('--redis-prefix <text>', 'prefix of the Redis keys (also: DPI_REDIS_PREFIX; default: "dpi:")');
  });
}

/** The options that all `dpi rules` commands share. */
export function addRulesOptions(command: Command): void {
  addGroup(command, OUTPUT_GROUP, () => command.option('--json', 'print JSON'));
  addStreamOptions(command);
  addStoreOptions(command);
}

/** Runs `work` with the store that the flags name, then closes the store. */
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
