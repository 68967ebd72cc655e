import { getPublicSuffix } from 'tldts';
import { countText } from '../core/common/count-text.js';
import type { RuleGroup } from '../core/policy/rule.js';
import { ruleKindOf } from '../core/policy/rule-kinds.js';

const MOST_NAMED = 10;

/** A sentence for each rule that matches more than its author may think; beyond ten, how many more there are. */
export function broadRuleWarnings(groups: readonly RuleGroup[]): string[] {
  const warnings: string[] = [];
  let more = 0;
  for (const { type, values } of groups) {
    const kind = ruleKindOf(type);
    for (const value of values) {
      const what = kind.tooBroad(value, publicSuffixOf);
      if (what === null) continue;
      if (warnings.length < MOST_NAMED) warnings.push(`${type}:${value} matches ${what}`);
      else more++;
    }
  }
  if (more > 0) warnings.push(`${countText(more)} more rules match as much`);
  return warnings;
}

/** In `RuleKind.tooBroad`'s sense. The list is large, so only commands that take rules in load this file. */
export function publicSuffixOf(name: string): string | null {
  return getPublicSuffix(name, { allowPrivateDomains: true, extractHostname: false });
}
