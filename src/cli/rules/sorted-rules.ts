import { joinAlike, type Rule, type RuleGroup, ruleOfGroup } from '../../core/policy/rule.js';
import { formatMoment } from '../../core/policy/rule-expiry.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { jsonText } from '../../render/safe-text.js';
import { RULES_JSON_VERSION } from '../../rules/rule-json.js';
import type { Output } from '../output.js';

/** For more rules, sorting all is faster than selecting. */
const MOST_SELECTED = 1000;

/** For more groups, sorting all rules is faster than merging sorted groups. */
const MOST_MERGED = 16;

/** A rule among millions: its value, and the group that holds the rest. */
interface Entry {
  readonly value: string;
  readonly group: RuleGroup;
}

/** The values of sorted groups as one sorted list. */
function* merged(lists: readonly { group: RuleGroup; values: readonly string[]; at: number }[]): Generator<Entry> {
  const heads = lists.filter(({ values }) => values.length > 0);
  while (heads.length > 0) {
    let least = heads[0]!;
    for (const head of heads) if (head.values[head.at]! < least.values[least.at]!) least = head;
    yield { value: least.values[least.at]!, group: least.group };
    if (++least.at === least.values.length) heads.splice(heads.indexOf(least), 1);
  }
}

/** Rules by type in the order of the registry, then by value; stores keep no order. */
export function* sortedRules(groups: readonly RuleGroup[]): Generator<Rule> {
  for (const { value, group } of sortedEntries(joinAlike(groups))) yield ruleOfGroup({ ...group, values: [value] }, 0);
}

/** The first `count` of `sortedRules`, without sorting a million rules. */
export function* firstRules(groups: readonly RuleGroup[], count: number): Generator<Rule> {
  let left = count;
  for (const type of RULE_TYPES) {
    if (left === 0) return;
    const ofType = joinAlike(groups.filter((group) => group.type === type));
    const chosen = left > MOST_SELECTED ? [...sortedEntries(ofType)] : smallest(ofType, left);
    for (const { value, group } of chosen.slice(0, left)) yield ruleOfGroup({ ...group, values: [value] }, 0);
    left -= Math.min(left, chosen.length);
  }
}

/** The `count` entries that sort first, in order. */
function smallest(groups: readonly RuleGroup[], count: number): Entry[] {
  const chosen: Entry[] = [];
  for (const group of groups) {
    for (const value of group.values) {
      if (chosen.length === count && value >= chosen[count - 1]!.value) continue;
      let at = chosen.length;
      while (at > 0 && chosen[at - 1]!.value > value) at--;
      chosen.splice(at, 0, { value, group });
      if (chosen.length > count) chosen.pop();
    }
  }
  return chosen;
}

/** A rules document with a line for each rule, in the order of `sortedRules`; `dpi rules import` reads it back. */
export async function writeRulesJson(
  output: Output,
  store: string,
  version: number,
  groups: readonly RuleGroup[],
): Promise<void> {
  const head = jsonText({ schema_version: RULES_JSON_VERSION, store, version });
  output.write(`${head.slice(0, -1)},"rules":[`);
  const lists = joinAlike(groups);
  const tails = new Map(lists.map((group) => [group, tailOf(group)]));
  let first = true;
  for (const { value, group } of sortedEntries(lists)) {
    const { type } = group;
    const text = jsonText(value);
    output.write(
      `${first ? '\n' : ',\n'}{"id":"${type}:${text.slice(1)},"type":"${type}","value":${text}${tails.get(group)}`,
    );
    first = false;
    const full = output.drain();
    if (full !== null) await full;
  }
  output.write(`${first ? '' : '\n'}]}\n`);
}

/** The members that all rules of a group share, as the end of their JSON, in the order of `ruleJson`. */
function tailOf({ action, comment, expiresMs, createdMs }: RuleGroup): string {
  const shared = {
    action,
    comment,
    expires: expiresMs === null ? null : formatMoment(expiresMs),
    created: createdMs === 0 ? null : formatMoment(createdMs),
  };
  return `,${jsonText(shared).slice(1)}`;
}

function* sortedEntries(groups: readonly RuleGroup[]): Generator<Entry> {
  for (const type of RULE_TYPES) {
    const ofType = groups.filter((group) => group.type === type);
    if (ofType.length > MOST_MERGED) {
      const entries = ofType.flatMap((group) => Array.from(group.values, (value) => ({ value, group })));
      yield* entries.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
      continue;
    }
    yield* merged(ofType.map((group) => ({ group, values: [...group.values].sort(), at: 0 })));
  }
}
