import type { RuleSet } from '../policy/rule-set.js';
import type { RuleTallies } from '../policy/rule-tallies.js';
import type { RulesReport } from './model.js';

/** Unused rules that are named; of a long list nobody reads more. */
const UNUSED_NAMED = 20;

/** What the rules did; `tallies` null where nothing counted for them (there are none). `store` as in RulesReport. */
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
