import { type Rule, type RuleGroup, type RuleType, ruleOfGroup } from '../core/policy/rule.js';
import { RULE_TYPES } from '../core/policy/rule-kinds.js';

/** Values looked at before others get their turn: about a millisecond. */
const VALUES_PER_TURN = 20_000;

/** A stretch of a store's rules, by type in the order of the registry, then by value. */
export interface RulePage {
  readonly rules: readonly Rule[];
  /** Whether rules follow the last one. */
  readonly more: boolean;
}

/** The place after which a page begins: the last rule of the page before. */
export interface RulePlace {
  readonly type: RuleType;
  readonly value: string;
}

interface Entry {
  readonly value: string;
  readonly group: RuleGroup;
}

/**
 * The first `limit` rules after a place, null for the beginning. One pass over the rules that never holds more than two
 * pages of them, so a page of a million rules costs neither a sorted copy of them nor a stop of everything else.
 */
export async function rulePage(
  groups: readonly RuleGroup[],
  after: RulePlace | null,
  limit: number,
): Promise<RulePage> {
  const rules: Rule[] = [];
  const first = after === null ? 0 : RULE_TYPES.indexOf(after.type);
  // One rule more than the page holds tells whether anything follows.
  for (const type of RULE_TYPES.slice(first)) {
    const from = after !== null && type === after.type ? after.value : null;
    const ofType = groups.filter((group) => group.type === type);
    const smallest = await smallestAfter(ofType, from, limit + 1 - rules.length);
    rules.push(...smallest.map(({ value, group }) => ruleOfGroup({ ...group, values: [value] }, 0)));
    if (rules.length > limit) break;
  }
  return { rules: rules.slice(0, limit), more: rules.length > limit };
}

async function smallestAfter(groups: readonly RuleGroup[], after: string | null, count: number): Promise<Entry[]> {
  let best: Entry[] = [];
  /** Nothing from here on can be among the smallest; null while fewer than `count` were seen. */
  let bound: string | null = null;
  let untilTurn = VALUES_PER_TURN;
  for (const group of groups) {
    for (const value of group.values) {
      if (--untilTurn === 0) {
        untilTurn = VALUES_PER_TURN;
        await new Promise(setImmediate);
      }
      if ((after !== null && value <= after) || (bound !== null && value >= bound)) continue;
      best.push({ value, group });
      if (best.length < 2 * count) continue;
      best = sorted(best).slice(0, count);
      bound = best[count - 1]!.value;
    }
  }
  return sorted(best).slice(0, count);
}

function sorted(entries: Entry[]): Entry[] {
  return entries.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
}
