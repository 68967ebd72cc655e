import { COVERS_EXACT, COVERS_SUBDOMAINS, coverOf, domainNameOf } from '../../../core/policy/domain-pattern.js';
import type { Rule } from '../../../core/policy/rule.js';
import type { ExportFormat } from './export-format.js';

/** hosts(5): exact names to block, and nothing else. */
export const HOSTS_EXPORT: ExportFormat = {
  name: 'hosts',
  commentMark: '#',
  appsAs: 'domain',
  description: 'a hosts file: exact names to block',
  *write(rules, leaveOut) {
    for (const rule of rules) {
      if (rule.type !== 'domain') leaveOut(rule, `left out: a hosts file knows no ${rule.type} rules`);
      else if (rule.action === 'allow') leaveOut(rule, 'left out: a hosts file has no exceptions');
      else if (coverOf(rule.value) === COVERS_SUBDOMAINS) leaveOut(rule, 'left out: a hosts file has no wildcards');
      else {
        if (coverOf(rule.value) !== COVERS_EXACT)
          leaveOut(rule, 'written without subdomains, which a hosts file does not cover');
        yield `0.0.0.0 ${domainNameOf(rule.value)}`;
      }
    }
  },
};

/** AdGuard's DNS filtering syntax, exceptions included. */
export const ADGUARD_EXPORT: ExportFormat = {
  name: 'adguard',
  commentMark: '!',
  appsAs: 'domain',
  description: 'an AdGuard or AdBlock list',
  *write(rules, leaveOut) {
    for (const rule of rules) {
      const filter = adguardFilter(rule);
      if (filter === null) leaveOut(rule, `left out: AdGuard lists know no ${rule.type} rules such as this`);
      else yield rule.action === 'allow' ? `@@${filter}` : filter;
    }
  },
};

function adguardFilter({ type, value }: Rule): string | null {
  if (type === 'ip' && !/[/:]/.test(value)) return `||${value}^`;
  if (type !== 'domain') return null;
  return coverOf(value) === COVERS_EXACT ? `|${domainNameOf(value)}^` : `||${value}^`;
}
