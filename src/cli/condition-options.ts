import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { collect } from './options.js';

/** What `addConditionOptions` parses. */
export interface ConditionFlags {
  failOn?: string[];
  only?: string[];
}

const CONDITION = /^(?:app|domain|category|proto|ip|port|tls):/i;

/** Options that make a report exit with 1. */
export function addConditionOptions(command: Command): void {
  command.option(
    '--fail-on <condition>',
    "exit with 1 on 'blocked', 'app:NAME' (or app:UNKNOWN), 'domain:NAME', 'category:NAME', 'proto:NAME', " +
      "'ip:ADDRESS', 'port:PORT' or 'tls:<1.2' (repeatable)",
    collect,
  );
  command.option('--only <condition>', 'exit with 1 on connections that match no --only (repeatable)', collect);
}

/**
 * The captures among the arguments. `--only app:A domain:b.example capture.pcap` names several conditions behind one
 * option: those that are no files are added to the flags.
 */
export function withoutConditions(args: readonly string[], flags: ConditionFlags): string[] {
  if (flags.only === undefined) return [...args];
  const isCondition = (text: string) => CONDITION.test(text) && !existsSync(text);
  flags.only.push(...args.filter(isCondition));
  return args.filter((text) => !isCondition(text));
}
