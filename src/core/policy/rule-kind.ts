import type { AppLineage } from '../classify/app-table.js';
import type { Steps } from '../common/turns.js';
import type { PackedTexts } from './packed-texts.js';
import type { AppNames, RuleType } from './rule.js';

/** Rules of one kind and action, as `compile` receives them; value number i is rule number `first + i`. */
export interface RuleSlice {
  readonly first: number;
  readonly allow: boolean;
  readonly values: PackedTexts;
}

/**
 * Decides by the first packet of a connection. `find` returns the number of the deciding rule, -1 for none: an allow
 * rule before any block rule, then the most specific. `findAll` appends every rule that matches.
 * `src` and `dst` begin with the addresses, 4 bytes each, or 16 where `isV6`.
 */
export interface StartMatcher {
  /** Whether it looks at the responder's port: its decision may change when the ends swap roles. */
  readonly byPort: boolean;
  find(isV6: boolean, src: Buffer, dst: Buffer, ipProto: number, responderPort: number): number;
  findAll(isV6: boolean, src: Buffer, dst: Buffer, ipProto: number, responderPort: number, into: number[]): void;
}

/** Decides by a host name: lower-case ASCII bytes `buf[start, end)`, with or without a trailing dot. */
export interface NameMatcher {
  find(buf: Buffer, start: number, end: number): number;
  findAll(buf: Buffer, start: number, end: number, into: number[]): void;
}

/** Decides by an app, what it is a part of, and its category. */
export interface AppMatcher {
  find(app: AppLineage): number;
  findAll(app: AppLineage, into: number[]): void;
}

/** Decides by the protocol that a connection speaks, as `app_protocol` names it. */
export interface ProtocolMatcher {
  find(protocol: string): number;
  findAll(protocol: string, into: number[]): void;
}

/** The moments at which a kind of rules has a say. */
export interface CompiledKind {
  readonly start?: StartMatcher;
  readonly name?: NameMatcher;
  readonly app?: AppMatcher;
  readonly protocol?: ProtocolMatcher;
}

/** The longest public suffix that a name ends in (publicsuffix.org, private section included); null for none. */
type PublicSuffixOf = (name: string) => string | null;

/**
 * All that the program knows about one type of rules. A new type is a file with one of these and a line in
 * `rule-kinds.ts`.
 */
export interface RuleKind {
  readonly type: RuleType;
  /** For error sentences: "an address such as 192.0.2.1 or 2001:db8::/32". */
  readonly expected: string;
  /** True when `text`, written without a type, is meant as this kind. Kinds are asked in the registry's order. */
  looksLike(text: string, apps: AppNames): boolean;
  /** The canonical value. Throws RuleError. */
  parse(text: string, apps: AppNames): string;
  /** Whether a stored value is one that `parse` returns; must be fast (asked a million times when a store is read). */
  isCanonical(value: string): boolean;
  /** Why a rule matches more than its author may think, as the end of "… matches"; null when it does not. */
  tooBroad(value: string, publicSuffixOf: PublicSuffixOf): string | null;
  /**
   * The canonical values of all rules that can match what `value` stands for (one address, port, name, app, …), so that
   * a store need not hand over the others; null where they are too many to name.
   */
  candidates(value: string, apps: AppNames): readonly string[] | null;
  /**
   * Which of two values that match the same connection, name or app is the narrower and decides: negative for `a`,
   * positive for `b`, 0 where only the connection can tell.
   */
  compareWidth(a: string, b: string): number;
  /** `slices` hold canonical values only. */
  compile(slices: readonly RuleSlice[]): CompiledKind;
  /** As `compile`, in steps, for kinds that may have a million rules. */
  compileSteps?(slices: readonly RuleSlice[]): Steps<CompiledKind>;
}
