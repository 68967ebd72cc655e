import type { RuleSet } from '../policy/rule-set.js';
import type { RuleTallies } from '../policy/rule-tallies.js';
import type { RuleOrigin, RulesReport } from './model.js';

/** Most unused rules that a report names. */
const UNUSED_NAMED = 20;

/** The rules' decisions; `tallies` is null without rules, `origin` where all of them are the call's. */
export function rulesReport(rules: RuleSet, tallies: RuleTallies | null, origin: RuleOrigin | null): RulesReport {
  const store = origin?.store ?? null;
  const ofCall = origin === null || store === null ? rules.size : Math.min(origin.ofCall, rules.size);
  const head = { store, count: rules.size, of_call: ofCall };
  if (tallies === null) return { ...head, decided: [], unused_count: 0, unused: [] };
  return {
    ...head,
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
