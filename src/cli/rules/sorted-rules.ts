import { type Rule, type RuleGroup, ruleOfGroup } from '../../core/policy/rule.js';
import { formatMoment } from '../../core/policy/rule-expiry.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { jsonString } from '../../render/safe-text.js';
import { jsonValue } from '../../render/summary-json.js';
import { RULES_JSON_VERSION } from '../../rules/rule-json.js';
import type { Output } from '../output.js';

/** A rule among millions: its value, and the group that holds the rest. */
interface Entry {
  readonly value: string;
  readonly group: RuleGroup;
}

/** By type in the order of the registry, then by value: the order of a store tells nothing. */
export function* sortedRules(groups: readonly RuleGroup[]): Generator<Rule> {
  for (const { value, group } of sortedEntries(groups)) yield ruleOfGroup({ ...group, values: [value] }, 0);
}

/** A rules document with a line for each rule, in the order of `sortedRules`; `dpi rules import` reads it back. */
export async function writeRulesJson(
  output: Output,
  store: string,
  version: number,
  groups: readonly RuleGroup[],
): Promise<void> {
  const head = jsonValue({ schema_version: RULES_JSON_VERSION, store, version });
  output.write(`${head.slice(0, -1)},"rules":[`);
  const tails = new Map(groups.map((group) => [group, tailOf(group)]));
  let first = true;
  for (const { value, group } of sortedEntries(groups)) {
    const { type } = group;
    const text = jsonString(value);
    output.write(
      `${first ? '\n' : ',\n'}{"id":"${type}:${text.slice(1)},"type":"${type}","value":${text}${tails.get(group)}`,
    );
    first = false;
    const full = output.drain();
    if (full !== null) await full;
  }
  output.write(`${first ? '' : '\n'}]}\n`);
}

/** What all rules of a group have in common, as the end of their JSON; the order of `ruleJson`. */
function tailOf({ action, comment, expiresMs, createdMs }: RuleGroup): string {
  const shared = {
    action,
    comment,
    expires: expiresMs === null ? null : formatMoment(expiresMs),
    created: createdMs === 0 ? null : formatMoment(createdMs),
  };
  return `,${jsonValue(shared).slice(1)}`;
}

function* sortedEntries(groups: readonly RuleGroup[]): Generator<Entry> {
  for (const type of RULE_TYPES) {
    const ofType = groups.filter((group) => group.type === type);
    const [only] = ofType;
    if (ofType.length === 1 && only !== undefined) {
      for (const value of [...only.values].sort()) yield { value, group: only };
      continue;
    }
    const entries = ofType.flatMap((group) => group.values.map((value) => ({ value, group })));
    entries.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
    yield* entries;
  }
}
