import type { AppLineage } from '../classify/app-table.js';
import { PackedTexts } from './packed-texts.js';
import { isExpired, type Rule, type RuleGroup, ruleId, ruleOf } from './rule.js';
import type { AppMatcher, NameMatcher, ProtocolMatcher, RuleKind, RuleSlice, StartMatcher } from './rule-kind.js';
import { RULE_KINDS } from './rule-kinds.js';

/** No rule matched. */
export const NO_RULE = -1;

interface PackedGroup extends Omit<RuleGroup, 'values'> {
  readonly values: PackedTexts;
}

interface Matchers {
  readonly start: readonly StartMatcher[];
  readonly name: readonly NameMatcher[];
  readonly app: readonly AppMatcher[];
  readonly protocol: readonly ProtocolMatcher[];
  readonly allowsByName: boolean;
}

/**
 * The rules in force, compiled and immutable. Rules are numbered from 0 in the order of the groups given; a decision is
 * the number of the rule that made it, or NO_RULE.
 *
 * A connection is decided as it becomes known: `atStart` by its first packet, `atName` when a host name is found,
 * `atApp` when its app is, `atProtocol` when it speaks a protocol; `combine` joins the decisions. An allow rule beats
 * every block rule. Among rules of the same action the earlier decision stands, since it was the one that let the
 * packets through or stopped them; and within one moment the most specific decides: the longest prefix before any port,
 * the narrowest port range, the longest domain name before the app, the app before its parent and its category.
 *
 * None of them allocates, except for names beyond ASCII. `matchesAt…` do; they list every rule that matches, for
 * reports and `rules check`.
 */
export class RuleSet {
  /** Rules in force, expired ones left out. */
  readonly size: number;
  /** Those and the spent ones, which are numbered behind them. */
  readonly total: number;
  /** Whether an allow rule looks at anything but addresses: a part of a datagram does not show that yet. */
  readonly allowsBeyondAddress: boolean;
  /** Whether what `atStart` says depends on which end began: a connection that no rule met may yet be met then. */
  readonly looksAtPorts: boolean;
  /** Number of each group's first rule. */
  private readonly firsts: Int32Array;
  private readonly allows: Uint8Array;
  private readonly startMatchers: readonly StartMatcher[];
  private readonly nameMatchers: readonly NameMatcher[];
  private readonly appMatchers: readonly AppMatcher[];
  private readonly protocolMatchers: readonly ProtocolMatcher[];

  private constructor(
    /** Those in force, and behind them the spent ones. */
    private readonly groups: readonly PackedGroup[],
    /** How many are in force. */
    private readonly groupCount: number,
    private readonly matchers: Matchers,
  ) {
    this.firsts = firstsOf(groups);
    this.total = groups.reduce((count, { values }) => count + values.length, 0);
    this.size = groupCount < groups.length ? this.firsts[groupCount]! : this.total;
    this.allows = new Uint8Array(this.total);
    for (const [i, { action, values }] of groups.entries()) {
      if (action === 'allow') this.allows.fill(1, this.firsts[i]!, this.firsts[i]! + values.length);
    }
    const isBeyond = ({ type, action }: PackedGroup) => action === 'allow' && type !== 'ip';
    this.allowsBeyondAddress = groups.slice(0, groupCount).some(isBeyond);
    this.looksAtPorts = matchers.start.some(({ byPort }) => byPort);
    this.startMatchers = matchers.start;
    this.nameMatchers = matchers.name;
    this.appMatchers = matchers.app;
    this.protocolMatchers = matchers.protocol;
  }

  /**
   * Compiles the rules that have not expired at `nowMs` (milliseconds since the epoch). Values must be canonical. Of
   * two rules with the same type, value and action the first one decides.
   */
  static compile(groups: readonly RuleGroup[], nowMs: number, kinds: readonly RuleKind[] = RULE_KINDS): RuleSet {
    const inForce = groups.filter((group) => group.values.length > 0 && !isExpired(group, nowMs));
    const groupsOfSet = inForce.map(packed);
    return new RuleSet(groupsOfSet, groupsOfSet.length, compileMatchers(groupsOfSet, kinds));
  }

  /**
   * The same rules, and behind them, numbered from `size` on, some that match nothing any more: what they decided once
   * still bears their names.
   */
  withSpent(spent: readonly Rule[]): RuleSet {
    const groups = spent.map(({ value, ...rule }) => packed({ ...rule, values: [value] }));
    const { groupCount } = this;
    return new RuleSet([...this.groups.slice(0, groupCount), ...groups], groupCount, this.matchers);
  }

  /** Numbers of those among `rules` that are in force with the same action; -1 for the others. */
  find(rules: readonly Rule[]): Int32Array {
    const found = new Int32Array(rules.length).fill(-1);
    const wanted = new Map<string, Map<string, number>>();
    for (const [i, { type, action, value }] of rules.entries()) {
      const key = `${type} ${action}`;
      const values = wanted.get(key) ?? new Map<string, number>();
      wanted.set(key, values.set(value, i));
    }
    for (let g = 0; g < this.groupCount; g++) {
      const { type, action, values } = this.groups[g]!;
      const ofKind = wanted.get(`${type} ${action}`);
      if (ofKind === undefined) continue;
      let rule = this.firsts[g]!;
      for (const value of values) {
        const at = ofKind.get(value);
        if (at !== undefined && found[at] === -1) found[at] = rule;
        rule++;
      }
    }
    return found;
  }

  /** Whether an allow rule looks at names, apps or protocols: a block by address or port then waits for them. */
  get allowsByName(): boolean {
    return this.matchers.allowsByName;
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  get blocksAnything(): boolean {
    return this.allows.subarray(0, this.size).includes(0);
  }

  /** Whether any rule looks at a first packet, a name or an app: where not, the engine need not ask. */
  get hasStartRules(): boolean {
    return this.startMatchers.length > 0;
  }

  get hasNameRules(): boolean {
    return this.nameMatchers.length > 0;
  }

  get hasAppRules(): boolean {
    return this.appMatchers.length > 0;
  }

  get hasProtocolRules(): boolean {
    return this.protocolMatchers.length > 0;
  }

  /**
   * The rule that decides by addresses, protocol and responder's port. `src` and `dst` begin with the addresses, 4
   * bytes each, or 16 where `isV6`; their order matters only for ties, in which `dst` counts as the responder. Pass
   * port 0 for protocols without ports.
   */
  atStart(isV6: boolean, src: Buffer, dst: Buffer, ipProto: number, responderPort: number): number {
    let decision = NO_RULE;
    const matchers = this.startMatchers;
    for (let i = 0; i < matchers.length; i++) {
      decision = this.combine(decision, matchers[i]!.find(isV6, src, dst, ipProto, responderPort));
    }
    return decision;
  }

  /** The rule that decides by the host name `buf[start, end)`: lower-case bytes, with or without a trailing dot. */
  atName(buf: Buffer, start: number, end: number): number {
    let decision = NO_RULE;
    const matchers = this.nameMatchers;
    for (let i = 0; i < matchers.length; i++) decision = this.combine(decision, matchers[i]!.find(buf, start, end));
    return decision;
  }

  /** The rule that decides by the app, what it is a part of, and its category. */
  atApp(app: AppLineage): number {
    let decision = NO_RULE;
    const matchers = this.appMatchers;
    for (let i = 0; i < matchers.length; i++) decision = this.combine(decision, matchers[i]!.find(app));
    return decision;
  }

  /** The rule that decides by the protocol's name. */
  atProtocol(protocol: string): number {
    let decision = NO_RULE;
    const matchers = this.protocolMatchers;
    for (let i = 0; i < matchers.length; i++) decision = this.combine(decision, matchers[i]!.find(protocol));
    return decision;
  }

  /** The decision that stands when `later` joins `earlier`. */
  combine(earlier: number, later: number): number {
    if (earlier < 0) return later;
    if (later < 0) return earlier;
    return this.allows[later]! > this.allows[earlier]! ? later : earlier;
  }

  /** True when the decision blocks; false for NO_RULE. */
  isBlock(decision: number): boolean {
    return decision >= 0 && this.allows[decision] === 0;
  }

  isAllow(decision: number): boolean {
    return decision >= 0 && this.allows[decision] === 1;
  }

  /** Rule number `at`; throws RangeError outside 0 to total - 1. */
  rule(at: number): Rule {
    const group = this.groupOf(at);
    return ruleOf(this.groups[group]!, this.groups[group]!.values.at(at - this.firsts[group]!));
  }

  /** `type:value` of rule number `at`, as reports name it. */
  ruleId(at: number): string {
    const group = this.groupOf(at);
    const { type, values } = this.groups[group]!;
    return ruleId(type, values.at(at - this.firsts[group]!));
  }

  /** Every rule that matches a first packet; arguments as for `atStart`. */
  matchesAtStart(isV6: boolean, src: Buffer, dst: Buffer, ipProto: number, responderPort: number): number[] {
    const matches: number[] = [];
    for (const matcher of this.startMatchers) matcher.findAll(isV6, src, dst, ipProto, responderPort, matches);
    return matches;
  }

  matchesAtName(buf: Buffer, start: number, end: number): number[] {
    const matches: number[] = [];
    for (const matcher of this.nameMatchers) matcher.findAll(buf, start, end, matches);
    return matches;
  }

  matchesAtApp(app: AppLineage): number[] {
    const matches: number[] = [];
    for (const matcher of this.appMatchers) matcher.findAll(app, matches);
    return matches;
  }

  matchesAtProtocol(protocol: string): number[] {
    const matches: number[] = [];
    for (const matcher of this.protocolMatchers) matcher.findAll(protocol, matches);
    return matches;
  }

  private groupOf(at: number): number {
    if (!(at >= 0 && at < this.total)) throw new RangeError(`No rule number ${at} among ${this.total}`);
    let low = 0;
    let high = this.firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.firsts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Number of each group's first rule. */
function firstsOf(groups: readonly { readonly values: { readonly length: number } }[]): Int32Array {
  const firsts = new Int32Array(groups.length);
  for (let i = 1; i < groups.length; i++) firsts[i] = firsts[i - 1]! + groups[i - 1]!.values.length;
  return firsts;
}

function packed({ values, ...group }: RuleGroup): PackedGroup {
  return { ...group, values: PackedTexts.of(values) };
}

function compileMatchers(groups: readonly PackedGroup[], kinds: readonly RuleKind[]): Matchers {
  const firsts = firstsOf(groups);
  const start: StartMatcher[] = [];
  const name: NameMatcher[] = [];
  const app: AppMatcher[] = [];
  const protocol: ProtocolMatcher[] = [];
  let allowsByName = false;
  for (const kind of kinds) {
    const slices: RuleSlice[] = [];
    for (const [i, { type, action, values }] of groups.entries()) {
      if (type === kind.type) slices.push({ first: firsts[i]!, allow: action === 'allow', values });
    }
    if (slices.length === 0) continue;
    const compiled = kind.compile(slices);
    if (compiled.start !== undefined) start.push(compiled.start);
    if (compiled.name !== undefined) name.push(compiled.name);
    if (compiled.app !== undefined) app.push(compiled.app);
    if (compiled.protocol !== undefined) protocol.push(compiled.protocol);
    if (compiled.start === undefined && slices.some((slice) => slice.allow)) allowsByName = true;
  }
  return { start, name, app, protocol, allowsByName };
}

/** A rule set that decides nothing. */
export const NO_RULES: RuleSet = RuleSet.compile([], 0);
