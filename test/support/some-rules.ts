import type { AppTable } from '../../src/core/classify/app-table.js';
import { appNamesOf } from '../../src/core/policy/app-names.js';
import type { RuleGroup } from '../../src/core/policy/rule.js';
import { parseRulePattern } from '../../src/core/policy/rule-kinds.js';
import { RuleSet } from '../../src/core/policy/rule-set.js';

/** Of every kind, and so wide that many a capture meets some. */
const RULES = [
  'app:YOUTUBE',
  'app:MICROSOFT',
  'category:gambling',
  'proto:ssh',
  'domain:example.org',
  'domain:example.com',
  'ip:10.0.0.0/8',
  'port:udp/443',
  'port:53',
  'allow:ip:10.0.0.1',
];

export function someRules(apps: AppTable): RuleSet {
  const groups = RULES.map((text): RuleGroup => {
    const action = text.startsWith('allow:') ? 'allow' : 'block';
    const { type, value } = parseRulePattern(text.replace(/^allow:/, ''), appNamesOf(apps));
    return { type, values: [value], action, comment: null, expiresMs: null, createdMs: 0 };
  });
  return RuleSet.compile(groups, 0);
}
