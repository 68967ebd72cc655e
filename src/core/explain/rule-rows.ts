import type { AppTable } from '../classify/app-table.js';
import { covers, parseExactIpPrefix } from '../common/ip-prefix.js';
import { NO_RULE, type RuleSet } from '../policy/rule-set.js';
import type { ConnectionRecord } from '../report/model.js';
import { addressBytes, protocolNumber } from '../report/record-matcher.js';
import type { RuleRowOfConnection } from './model.js';

/** The rules that match a connection, with what they match, in the order in which they are asked. */
export function ruleRowsOf(record: ConnectionRecord, rules: RuleSet, apps: AppTable): RuleRowOfConnection[] {
  if (rules.isEmpty) return [];
  const src = addressBytes(record.src_ip);
  const dst = addressBytes(record.dst_ip);
  const matched = new Map<number, string>();
  let decision = NO_RULE;
  if (src !== null && dst !== null && src.length === dst.length) {
    const proto = protocolNumber(record.protocol);
    const isV6 = src.length === 16;
    const port = record.dst_port;
    for (const rule of rules.matchesAtStart(isV6, src, dst, proto, port)) note(matched, rule, rules, record);
    decision = rules.atStart(isV6, src, dst, proto, port);
    // Where it is not known which end is the responder, port rules match either one.
    if (record.tcp_state === 'mid-stream' && record.blocked_by?.startsWith('port:')) {
      for (const rule of rules.matchesAtStart(isV6, src, dst, proto, record.src_port)) {
        if (rules.ruleId(rule) === record.blocked_by && !matched.has(rule))
          matched.set(rule, `port ${record.src_port}`);
      }
    }
  }
  const protocol = record.app_protocol;
  if (protocol !== null) {
    for (const rule of rules.matchesAtProtocol(protocol)) matched.set(rule, protocol);
    decision = rules.combine(decision, rules.atProtocol(protocol));
  }
  for (const name of record.domains) {
    const bytes = Buffer.from(name, 'utf8');
    for (const rule of rules.matchesAtName(bytes, 0, bytes.length)) if (!matched.has(rule)) matched.set(rule, name);
    decision = rules.combine(decision, rules.atName(bytes, 0, bytes.length));
  }
  for (const name of record.cname_targets) {
    const bytes = Buffer.from(name, 'utf8');
    const matches = rules.matchesAtName(bytes, 0, bytes.length);
    for (const rule of matches) if (!matched.has(rule)) matched.set(rule, `${name} (CNAME)`);
  }
  const app = apps.idOf(record.app);
  if (app !== 0) {
    const lineage = apps.lineageOf(app);
    for (const rule of rules.matchesAtApp(lineage)) matched.set(rule, record.app);
    decision = rules.combine(decision, rules.atApp(lineage));
  }
  const { limitRule } = rules;
  if (limitRule !== NO_RULE && record.blocked_by === rules.ruleId(limitRule)) {
    matched.set(limitRule, 'a part that a limit left unread');
  }
  const deciding = record.blocked_by ?? (decision === NO_RULE ? null : rules.ruleId(decision));
  return [...matched].map(([rule, matches]) => {
    const id = rules.ruleId(rule);
    const isAllow = rules.isAllow(rule);
    return {
      rule: id,
      action: isAllow ? 'allow' : 'block',
      matches,
      decides: id === deciding && record.blocked !== isAllow,
    };
  });
}

function note(matched: Map<number, string>, rule: number, rules: RuleSet, record: ConnectionRecord): void {
  const { type, value } = rules.rule(rule);
  if (type === 'port') matched.set(rule, `port ${record.dst_port}`);
  else {
    const range = parseExactIpPrefix(value);
    const own = parseExactIpPrefix(record.dst_ip);
    const isDst = range !== null && own !== null && covers(range, own);
    matched.set(rule, isDst ? record.dst_ip : record.src_ip);
  }
}
