import { getPublicSuffix } from 'tldts';
import { countText } from '../core/common/count-text.js';
import { idleRuleWarnings } from '../core/policy/idle-rules.js';
import type { AppNames, RuleGroup } from '../core/policy/rule.js';
import { ruleKindOf } from '../core/policy/rule-kinds.js';

const MOST_NAMED = 10;
const ONE = { type: 'domain', action: 'block', comment: null, expiresMs: null, createdMs: 0 } as const;

/** A sentence for each rule that matches more than its author may think; beyond ten, how many more there are. */
export function broadRuleWarnings(groups: readonly RuleGroup[], apps: AppNames): string[] {
  const warnings = idleRuleWarnings(groups, apps);
  const idle = warnings.length;
  let more = 0;
  for (const { type, values } of groups) {
    const kind = ruleKindOf(type);
    for (const value of values) {
      const what = kind.tooBroad(value, publicSuffixOf);
      if (what === null || (type === 'domain' && namesApp(value, apps))) continue;
      if (warnings.length - idle < MOST_NAMED) warnings.push(`${type}:${value} matches ${what}`);
      else more++;
    }
  }
  if (more > 0) warnings.push(`${countText(more)} more rules match as much`);
  return warnings;
}

/** Whether `idleRuleWarnings` has said what the rule matches. */
function namesApp(value: string, apps: AppNames): boolean {
  return idleRuleWarnings([{ ...ONE, values: [value] }], apps).length > 0;
}

/** In `RuleKind.tooBroad`'s sense. The list is large, so only commands that take rules in load this file. */
export function publicSuffixOf(name: string): string | null {
  return getPublicSuffix(name, { allowPrivateDomains: true, extractHostname: false });
}
