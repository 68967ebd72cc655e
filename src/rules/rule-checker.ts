import { DpiError } from '../core/common/error.js';
import { parseIpPrefix } from '../core/common/ip-prefix.js';
import { domainNameOf } from '../core/policy/domain-pattern.js';
import { parsePortRange } from '../core/policy/port-rules.js';
import type { AppNames, Rule, RuleGroup, RuleType } from '../core/policy/rule.js';
import { type RulePattern, ruleKindOf } from '../core/policy/rule-kinds.js';
import { NO_RULE, RuleSet } from '../core/policy/rule-set.js';
import type { RuleQuery } from './rule-store.js';

/** Rules of one type that are asked for by name; beyond it, reading all is no more work. */
const MOST_CANDIDATES = 20_000;

/** What the rules do to one host, address, port, app, category or protocol. */
export interface RuleVerdict {
  readonly query: string;
  readonly type: RuleType;
  /** The app that a host name belongs to, or the one asked about; null for none. */
  readonly app: string | null;
  readonly decidedBy: Rule | null;
  /** All rules that match, the deciding one first. */
  readonly matches: readonly Rule[];
}

/** What to ask a store for, to check `patterns`: of a million rules a handful can match. */
export function candidateQueries(patterns: readonly RulePattern[], apps: AppNames): RuleQuery[] {
  const wanted = new Map<RuleType, Set<string> | null>();
  for (const { type, value } of patterns) {
    want(type, value);
    const app = type === 'domain' ? apps.ofHost(domainNameOf(value)) : null;
    if (app !== null) wantApp(app);
    if (type === 'app') wantApp(value);
  }
  return [...wanted].map(([type, values]) => ({ type, values: values === null ? null : [...values] }));

  function wantApp(app: string): void {
    want('app', app);
    const { category } = apps.lineage(app);
    if (category !== null) want('category', category);
  }

  function want(type: RuleType, value: string): void {
    const known = wanted.get(type) ?? new Set<string>();
    if (wanted.get(type) === null) return;
    const candidates = ruleKindOf(type).candidates(value, apps);
    for (const candidate of candidates ?? []) known.add(candidate);
    wanted.set(type, candidates === null || known.size > MOST_CANDIDATES ? null : known);
  }
}

/** Throws DpiError for a pattern that stands for more than one address, port or name. */
export function refuseRanges({ type, value }: RulePattern): void {
  const one = (what: string) => new DpiError('usage', `'${value}' is more than one ${what}; check one at a time`);
  if (type === 'ip' && value.includes('/')) throw one('address');
  if (type === 'port' && value.includes('-')) throw one('port');
  if (type === 'domain' && value.startsWith('*.')) throw one('name');
}

/** Asks each type of rules by itself: an address alone has no port, a port alone no address. */
export class RuleChecker {
  private readonly sets = new Map<RuleType, RuleSet>();

  constructor(
    private readonly groups: readonly RuleGroup[],
    private readonly nowMs: number,
    private readonly apps: AppNames,
  ) {}

  check({ type, value }: RulePattern): RuleVerdict[] {
    if (type === 'domain') return [this.checkName(domainNameOf(value))];
    if (type === 'app') return [this.verdict(value, 'app', value, ...this.ofApp(value))];
    if (type === 'category') return [this.verdict(value, 'category', null, this.ofLineage('category', [], value))];
    if (type === 'proto') return [this.checkProtocol(value)];
    if (type === 'ip') return [this.checkAddress(value)];
    return this.checkPort(value);
  }

  private checkName(name: string): RuleVerdict {
    const buf = Buffer.from(name, 'latin1');
    const rules = this.setOf('domain');
    const app = this.apps.ofHost(name);
    const byName = {
      rules,
      decision: rules.atName(buf, 0, buf.length),
      matches: rules.matchesAtName(buf, 0, buf.length),
    };
    return this.verdict(name, 'domain', app, byName, ...(app === null ? [] : this.ofApp(app)));
  }

  private checkAddress(value: string): RuleVerdict {
    const { isV6, words } = parseIpPrefix(value)!;
    const buf = Buffer.alloc(words.length * 4);
    for (const [i, word] of words.entries()) buf.writeUInt32BE(word, i * 4);
    const rules = this.setOf('ip');
    const decision = rules.atStart(isV6, buf, buf, 0, 0);
    return this.verdict(value, 'ip', null, {
      rules,
      decision,
      matches: rules.matchesAtStart(isV6, buf, buf, 0, 0),
    });
  }

  /** A port without a protocol is asked for TCP and for UDP, and answered once where both agree. */
  private checkPort(value: string): RuleVerdict[] {
    const range = parsePortRange(value);
    if (typeof range === 'string') return [];
    const rules = this.setOf('port');
    const buf = Buffer.alloc(4);
    const protocols = { tcp: 6, udp: 17, sctp: 132 };
    const ask = (query: string, protocol: number): RuleVerdict => {
      const decision = rules.atStart(false, buf, buf, protocol, range.from);
      return this.verdict(query, 'port', null, {
        rules,
        decision,
        matches: rules.matchesAtStart(false, buf, buf, protocol, range.from),
      });
    };
    if (range.protocol !== null) return [ask(value, protocols[range.protocol as keyof typeof protocols])];
    const both = [ask(`tcp/${value}`, protocols.tcp), ask(`udp/${value}`, protocols.udp)];
    const same = both[0]!.matches.map(({ id }) => id).join() === both[1]!.matches.map(({ id }) => id).join();
    return same ? [{ ...both[0]!, query: value }] : both;
  }

  private checkProtocol(value: string): RuleVerdict {
    const rules = this.setOf('proto');
    const decision = rules.atProtocol(value);
    return this.verdict(value, 'proto', null, { rules, decision, matches: rules.matchesAtProtocol(value) });
  }

  /** By the app and what it is a part of, then by its category. */
  private ofApp(app: string): Answer[] {
    const { names, category } = this.apps.lineage(app);
    return [this.ofLineage('app', names, null), this.ofLineage('category', [], category)];
  }

  private ofLineage(type: 'app' | 'category', names: readonly string[], category: string | null): Answer {
    const rules = this.setOf(type);
    const lineage = { names, category };
    return { rules, decision: rules.atApp(lineage), matches: rules.matchesAtApp(lineage) };
  }

  private verdict(query: string, type: RuleType, app: string | null, ...answers: Answer[]): RuleVerdict {
    const matches: Rule[] = [];
    let decidedBy: Rule | null = null;
    for (const { rules, decision, matches: found } of answers) {
      matches.push(...found.map((rule) => rules.rule(rule)));
      if (decision === NO_RULE) continue;
      const rule = rules.rule(decision);
      if (decidedBy === null || (decidedBy.action === 'block' && rule.action === 'allow')) decidedBy = rule;
    }
    matches.sort((a, b) => Number(b.id === decidedBy?.id) - Number(a.id === decidedBy?.id));
    return { query, type, app, decidedBy, matches };
  }

  private setOf(type: RuleType): RuleSet {
    let set = this.sets.get(type);
    if (set === undefined) {
      set = RuleSet.compile(
        this.groups.filter((group) => group.type === type),
        this.nowMs,
      );
      this.sets.set(type, set);
    }
    return set;
  }
}

interface Answer {
  readonly rules: RuleSet;
  readonly decision: number;
  readonly matches: readonly number[];
}
