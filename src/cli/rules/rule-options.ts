import type { Command } from 'commander';
import { type LoadedRules, loadStoredRules, openRuleStore } from '../../adapters/stores/open-rule-store.js';
import type { AppNames, RuleAction, RuleGroup, RuleType } from '../../core/policy/rule.js';
import { RULE_TYPES, ruleKindOf } from '../../core/policy/rule-kinds.js';
import { RuleSet } from '../../core/policy/rule-set.js';
import type { CliContext } from '../context.js';
import { collect } from '../options.js';
import { addStoreOptions, type StoreFlags } from './store-options.js';

/** What `addRuleOptions` parses; besides, `blockIp`, `allowDomain` and so on, a list each. */
export interface RuleFlags extends StoreFlags {
  /** False for `--no-stored-rules`. */
  storedRules: boolean;
  strictRules?: boolean;
}

const WHAT: Readonly<Record<RuleType, string>> = {
  ip: 'this address or prefix',
  port: 'this port or range of the responder',
  domain: 'this domain and its subdomains',
  app: 'this app',
};

/** Options of `analyze` and `filter`: rules for this call, and where the stored ones are. */
export function addRuleOptions(command: Command): void {
  for (const action of ['block', 'allow'] as const) {
    for (const type of RULE_TYPES) {
      command.option(`--${action}-${type} <${type}>`, `${action} ${WHAT[type]} (repeatable)`, collect);
    }
  }
  command.option('--no-stored-rules', 'only the rules of this call');
  command.option('--strict-rules', 'no last copy in place of a Redis that can not be reached');
  addStoreOptions(command);
}

/** The rules of a run. */
export interface RulesInForce {
  readonly rules: RuleSet;
  /** Null when no stored rules were asked for. */
  readonly stored: LoadedRules | null;
}

/** Stored rules and those of the call, compiled. Throws DpiError. `nowMs`: milliseconds since the epoch. */
export async function rulesInForce(
  flags: RuleFlags,
  { env }: CliContext,
  apps: AppNames,
  nowMs: number,
): Promise<RulesInForce> {
  const ofCall = groupsOfCall(flags, apps, nowMs);
  if (!flags.storedRules) return { rules: RuleSet.compile(ofCall, nowMs), stored: null };
  const stored = await loadStoredRules(openRuleStore(flags, env), { nowMs, strict: flags.strictRules ?? false });
  return { rules: RuleSet.compile([...ofCall, ...withoutRepeats(stored.groups, ofCall)], nowMs), stored };
}

function groupsOfCall(flags: RuleFlags, apps: AppNames, nowMs: number): RuleGroup[] {
  const groups: RuleGroup[] = [];
  for (const action of ['block', 'allow'] as const) {
    for (const type of RULE_TYPES) {
      const texts = (flags as unknown as Record<string, string[] | undefined>)[flagName(action, type)] ?? [];
      const values = [...new Set(texts.map((text) => ruleKindOf(type).parse(text, apps)))];
      if (values.length > 0) groups.push({ type, action, values, comment: null, expiresMs: null, createdMs: nowMs });
    }
  }
  return groups;
}

/** As commander names it: `--block-ip` is `blockIp`. */
function flagName(action: RuleAction, type: RuleType): string {
  return `${action}${type[0]!.toUpperCase()}${type.slice(1)}`;
}

/** Stored rules that the call repeats are left out, so that each rule is counted once. */
function withoutRepeats(stored: readonly RuleGroup[], ofCall: readonly RuleGroup[]): RuleGroup[] {
  return stored.map((group) => {
    const repeats = new Set(
      ofCall
        .filter(({ type, action }) => type === group.type && action === group.action)
        .flatMap(({ values }) => [...values]),
    );
    return repeats.size === 0 ? group : { ...group, values: [...group.values].filter((value) => !repeats.has(value)) };
  });
}
