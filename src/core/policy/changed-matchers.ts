import type { AppLineage } from '../classify/app-table.js';
import type { AppMatcher, CompiledKind, NameMatcher, ProtocolMatcher, StartMatcher } from './rule-kind.js';

/** What the matchers below ask the rule set by a rule's number. */
export interface RuleFacts {
  /** Whether the rule is no longer in force. */
  isGone(rule: number): boolean;
  isAllow(rule: number): boolean;
  valueOf(rule: number): string;
  /** As `RuleKind.compareWidth`, for two rules of one kind. */
  compareWidth(a: number, b: number): number;
}

/**
 * A compiled kind after a change: `base` without the rules that are gone, joined with `added`, which holds rules in
 * force only. Decides as the same rules compiled anew. Allocates only where a rule of `base` that is gone matches.
 */
export function changedKind(
  base: CompiledKind | undefined,
  added: CompiledKind | undefined,
  facts: RuleFacts,
): CompiledKind {
  const start = [base?.start, added?.start];
  const name = [base?.name, added?.name];
  const app = [base?.app, added?.app];
  const protocol = [base?.protocol, added?.protocol];
  return {
    start: start.some((one) => one !== undefined)
      ? new ChangedStart(start[0] ?? null, start[1] ?? null, facts)
      : undefined,
    name: name.some((one) => one !== undefined) ? new ChangedName(name[0] ?? null, name[1] ?? null, facts) : undefined,
    app: app.some((one) => one !== undefined) ? new ChangedApp(app[0] ?? null, app[1] ?? null, facts) : undefined,
    protocol: protocol.some((one) => one !== undefined)
      ? new ChangedProtocol(protocol[0] ?? null, protocol[1] ?? null, facts)
      : undefined,
  };
}

class ChangedStart implements StartMatcher {
  readonly byPort: boolean;

  constructor(
    private readonly base: StartMatcher | null,
    private readonly added: StartMatcher | null,
    private readonly facts: RuleFacts,
  ) {
    this.byPort = (base ?? added!).byPort;
  }

  find(isV6: boolean, src: Buffer, dst: Buffer, ipProto: number, responderPort: number): number {
    const { base, added, facts } = this;
    let old = base === null ? -1 : base.find(isV6, src, dst, ipProto, responderPort);
    if (old >= 0 && facts.isGone(old)) {
      const matches: number[] = [];
      base!.findAll(isV6, src, dst, ipProto, responderPort, matches);
      old = deciding(matches, facts);
    }
    const fresh = added === null ? -1 : added.find(isV6, src, dst, ipProto, responderPort);
    if (old < 0 || fresh < 0) return Math.max(old, fresh);
    const order = orderOf(old, fresh, facts);
    if (order !== 0) return order < 0 ? old : fresh;
    // As wide: the one around the responder's address.
    const responders: number[] = [];
    added!.findAll(isV6, dst, dst, ipProto, responderPort, responders);
    if (!responders.includes(fresh)) return old;
    responders.length = 0;
    base!.findAll(isV6, dst, dst, ipProto, responderPort, responders);
    return responders.includes(old) ? old : fresh;
  }

  findAll(isV6: boolean, src: Buffer, dst: Buffer, ipProto: number, responderPort: number, into: number[]): void {
    const matches: number[] = [];
    this.base?.findAll(isV6, src, dst, ipProto, responderPort, matches);
    keepLive(matches, this.facts, into);
    this.added?.findAll(isV6, src, dst, ipProto, responderPort, into);
  }
}

class ChangedName implements NameMatcher {
  constructor(
    private readonly base: NameMatcher | null,
    private readonly added: NameMatcher | null,
    private readonly facts: RuleFacts,
  ) {}

  find(buf: Buffer, start: number, end: number): number {
    const { base, added, facts } = this;
    let old = base === null ? -1 : base.find(buf, start, end);
    if (old >= 0 && facts.isGone(old)) {
      const matches: number[] = [];
      base!.findAll(buf, start, end, matches);
      old = deciding(matches, facts);
    }
    return decidingOfTwo(old, added === null ? -1 : added.find(buf, start, end), facts);
  }

  findAll(buf: Buffer, start: number, end: number, into: number[]): void {
    const matches: number[] = [];
    this.base?.findAll(buf, start, end, matches);
    keepLive(matches, this.facts, into);
    this.added?.findAll(buf, start, end, into);
  }
}

class ChangedApp implements AppMatcher {
  constructor(
    private readonly base: AppMatcher | null,
    private readonly added: AppMatcher | null,
    private readonly facts: RuleFacts,
  ) {}

  find(app: AppLineage): number {
    const { base, added } = this;
    // Of rules for an app and for what it is a part of, the app's own is the narrower.
    const facts = { ...this.facts, compareWidth: (a: number, b: number) => this.depth(app, a) - this.depth(app, b) };
    let old = base === null ? -1 : base.find(app);
    if (old >= 0 && facts.isGone(old)) {
      const matches: number[] = [];
      base!.findAll(app, matches);
      old = deciding(matches, facts);
    }
    return decidingOfTwo(old, added === null ? -1 : added.find(app), facts);
  }

  private depth({ names }: AppLineage, rule: number): number {
    return names.indexOf(this.facts.valueOf(rule));
  }

  findAll(app: AppLineage, into: number[]): void {
    const matches: number[] = [];
    this.base?.findAll(app, matches);
    keepLive(matches, this.facts, into);
    this.added?.findAll(app, into);
  }
}

class ChangedProtocol implements ProtocolMatcher {
  constructor(
    private readonly base: ProtocolMatcher | null,
    private readonly added: ProtocolMatcher | null,
    private readonly facts: RuleFacts,
  ) {}

  find(protocol: string): number {
    const { base, added, facts } = this;
    let old = base === null ? -1 : base.find(protocol);
    if (old >= 0 && facts.isGone(old)) {
      const matches: number[] = [];
      base!.findAll(protocol, matches);
      old = deciding(matches, facts);
    }
    return decidingOfTwo(old, added === null ? -1 : added.find(protocol), facts);
  }

  findAll(protocol: string, into: number[]): void {
    const matches: number[] = [];
    this.base?.findAll(protocol, matches);
    keepLive(matches, this.facts, into);
    this.added?.findAll(protocol, into);
  }
}

/** The rule among `matches` that is in force and decides, -1 for none; the earliest of those that are as narrow. */
function deciding(matches: readonly number[], facts: RuleFacts): number {
  let best = -1;
  for (const rule of matches) {
    if (facts.isGone(rule)) continue;
    if (best < 0 || orderOf(best, rule, facts) > 0) best = rule;
  }
  return best;
}

function decidingOfTwo(old: number, fresh: number, facts: RuleFacts): number {
  if (old < 0 || fresh < 0) return Math.max(old, fresh);
  return orderOf(old, fresh, facts) <= 0 ? old : fresh;
}

/** Negative if `a` decides before `b`, positive for the reverse, 0 if they are as wide. */
function orderOf(a: number, b: number, facts: RuleFacts): number {
  return Number(facts.isAllow(b)) - Number(facts.isAllow(a)) || facts.compareWidth(a, b);
}

function keepLive(matches: readonly number[], facts: RuleFacts, into: number[]): void {
  for (const rule of matches) if (!facts.isGone(rule)) into.push(rule);
}
