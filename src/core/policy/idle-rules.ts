import { domainNameOf } from './domain-pattern.js';
import type { AppNames, RuleGroup } from './rule.js';

const MOST_NAMED = 5;

/**
 * Sentences about rules that match no traffic that their author may mean: `domain:youtube` is a name without a dot, and
 * an app is called so.
 */
export function idleRuleWarnings(groups: readonly RuleGroup[], apps: AppNames): string[] {
  const warnings: string[] = [];
  for (const { type, values } of groups) {
    if (type !== 'domain') continue;
    for (const value of values) {
      if (value.includes('.', value.startsWith('*.') ? 2 : 0)) continue;
      const sentence = warningOf(value, apps);
      if (sentence !== null && warnings.length < MOST_NAMED) warnings.push(sentence);
    }
  }
  return warnings;
}

function warningOf(value: string, apps: AppNames): string | null {
  const name = domainNameOf(value);
  const app = apps.find(name);
  if (app === null) return null;
  const site = `${name}.com`;
  const meant = apps.ofHost(site) === app ? `${site} or app:${app}` : `app:${app}`;
  return `the rule domain:${value} matches only '${name}' itself and names that end in '.${name}'; did you mean ${meant}?`;
}
