import type { RuleSet } from '../policy/rule-set.js';
import type { RuleTallies } from '../policy/rule-tallies.js';
import type { RulesReport } from './model.js';

/** Most unused rules that a report names. */
const UNUSED_NAMED = 20;

/** The rules' decisions; `tallies` is null without rules. `store` as in RulesReport. */
export function rulesReport(rules: RuleSet, tallies: RuleTallies | null, store: string | null): RulesReport {
  if (tallies === null) return { store, count: rules.size, decided: [], unused_count: 0, unused: [] };
  return {
    store,
    count: rules.size,
    decided: tallies.decided().map(({ rule, connections, packets, bytes, firstPacket }) => ({
      rule: rules.ruleId(rule),
      action: rules.isBlock(rule) ? 'block' : 'allow',
      connections,
      packets,
      bytes,
      first_packet: firstPacket === 0 ? null : firstPacket,
    })),
    unused_count: tallies.unusedCount,
    unused: tallies.unused(UNUSED_NAMED).map((rule) => rules.ruleId(rule)),
  };
}
