import { findApp } from '../../../core/classify/app-lookup.js';
import type { AppTable } from '../../../core/classify/app-table.js';
import type { Rule } from '../../../core/policy/rule.js';

/**
 * Rules for the names, or the addresses, that only the app of `rule` uses, for formats that know no apps. Names in a
 * form that no rule has (`pre*.example.com`), and apps that the table lacks, give none.
 */
export function rulesOfApp(rule: Rule, table: AppTable, type: 'domain' | 'ip'): Rule[] {
  const app = findApp(table, rule.value);
  if (app === null) return [];
  const values = type === 'ip' ? app.ranges : app.domains.filter((domain) => /^(=|\*\.)?[^*]+$/.test(domain));
  return values.map((value) => ({ ...rule, id: `${type}:${value}`, type, value }));
}
