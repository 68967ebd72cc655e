import type { AppTable } from '../classify/app-table.js';
import { detectedBy } from '../classify/evidence.js';
import type { Labels } from '../classify/labels.js';
import { putI32 } from '../common/bytes.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import type { AddressWords } from '../flow/address-table.js';
import {
  FLOW_ASKED_DNS,
  FLOW_BLOCKED,
  FLOW_INSPECTED,
  FLOW_MORE_NAMES,
  FLOW_NEW_RULES,
  FLOW_SERVER_HELLO,
} from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { LOOSE_FRAGMENT, type PacketColumns } from '../flow/packet-columns.js';
import { isResponderInDoubt } from '../flow/service-port.js';
import { NO_RULE, type RuleSet } from './rule-set.js';
import { succeed } from './rule-succession.js';
import { RuleTallies } from './rule-tallies.js';

const IPV4_LEN = 4;
const ADDRESS_LEN = 16;
const DOT = 0x2e;
/** Bytes of a name that rules look at, from its end: no rule covers a longer part. */
const MAX_UNKEPT_LEN = 4096;

/** How verdicts come about. */
export interface VerdictOptions {
  /** A blocked connection stays blocked, even if an allowed name shows later. */
  readonly staysBlocked?: boolean;
  /** Rules for the names that a connection's name leads to (CNAME) decide it too. */
  readonly followsCname?: boolean;
  /** Connections may have begun before the input. */
  readonly doubtsPorts?: boolean;
}

/**
 * Applies a rule set to connections as they become known, and notes the verdict in their rows.
 *
 * A connection is decided by its first packet (addresses, responder's port), by its protocol, by each name, and by its
 * app. Where the rules allow some names, apps or protocols, a block by address, port or protocol waits until the
 * connection has shown its name or can show none: otherwise the block would drop the handshake that carries the allowed
 * name.
 */
export class Verdicts {
  private readonly srcBuf = Buffer.alloc(ADDRESS_LEN);
  private readonly dstBuf = Buffer.alloc(ADDRESS_LEN);
  private readonly unkeptBuf = Buffer.alloc(MAX_UNKEPT_LEN);
  /** Decisions so far, by rule. */
  tallies: RuleTallies;
  private waitsForName: boolean;
  /** By row with dropped packets: number of the first one modulo 2^32, and the rule that dropped it. */
  private readonly firstDrops: Uint32Array;
  private readonly firstRules: Int32Array;
  /** Rule by NameTable id, plus 2; 0 before the first look-up. */
  private ruleOfName = new Int32Array(1024);

  private readonly staysBlocked: boolean;
  private readonly followsCname: boolean;
  private readonly doubtsPorts: boolean;

  constructor(
    public rules: RuleSet,
    private readonly flows: FlowRows,
    private readonly addresses: AddressWords,
    private readonly labels: Labels,
    private readonly apps: AppTable,
    { staysBlocked = false, followsCname = false, doubtsPorts = false }: VerdictOptions = {},
  ) {
    this.staysBlocked = staysBlocked;
    this.followsCname = followsCname;
    this.doubtsPorts = doubtsPorts;
    this.waitsForName = rules.allowsByName;
    this.tallies = new RuleTallies(rules);
    this.firstDrops = new Uint32Array(flows.maxFlows);
    this.firstRules = new Int32Array(flows.maxFlows);
  }

  /** The connection `row` begins. */
  begun(row: number): void {
    let rule = this.rules.combine(this.ruleOfStart(row), this.ruleOfProtocol(row));
    if (this.followsCname) rule = this.ofTargets(rule, this.labels.targetsOf(row));
    if (rule === NO_RULE) return;
    const proto = this.flows.ipProtocolOf(row);
    this.join(row, rule, !this.waitsForName || (proto !== TCP && proto !== UDP));
  }

  /**
   * Puts other rules in force: connections in progress that are not blocked are marked to be considered anew. Returns
   * by number of an old rule its number in what is now `rules`, -1 for one that nothing refers to; null if every rule
   * keeps its number.
   */
  replaceRules(next: RuleSet): Int32Array | null {
    const { flows } = this;
    const { rules, renumbered } = succeed(this.rules, next, this.tallies.deciding, () => this.pinned());
    for (let row = 0; row < flows.rowsInUse; row++) {
      if (!flows.isInUse(row)) continue;
      if (renumbered !== null) this.renumber(row, renumbered);
      if (!flows.hasFlag(row, FLOW_BLOCKED)) flows.addFlags(row, FLOW_NEW_RULES);
    }
    if (renumbered === null) this.tallies.follow(rules);
    else this.tallies = this.tallies.carriedTo(rules, renumbered);
    this.rules = rules;
    this.waitsForName = rules.allowsByName;
    this.forgetNames();
    return renumbered;
  }

  /** The connection `row` speaks a protocol that was not known before. A block waits where a name may yet allow it. */
  spoke(row: number): void {
    const { flows } = this;
    if (this.staysBlocked && flows.hasFlag(row, FLOW_BLOCKED)) return;
    const rule = this.ruleOfProtocol(row);
    if (rule !== NO_RULE) this.join(row, rule, !this.waitsForName);
  }

  /** Decides the connection `row`, marked by `replaceRules`, by what is known of it. */
  reconsider(row: number): void {
    const { flows } = this;
    flows.clearFlags(row, FLOW_NEW_RULES);
    flows.setRule(row, NO_RULE);
    this.begun(row);
    const showsNoName = flows.hasFlag(row, FLOW_INSPECTED) && !flows.hasFlag(row, FLOW_SERVER_HELLO);
    if (showsNoName || flows.nameOf(row) !== 0 || flows.appOf(row) !== 0) this.labelled(row);
  }

  /** A packet of the connection `row` is dropped by `rule`. */
  dropped(row: number, rule: number, packetNumber: number, wireLen: number): void {
    const { flows } = this;
    if (flows.droppedPacketsOf(row) === 0) {
      this.firstDrops[row] = packetNumber;
      this.firstRules[row] = rule;
    }
    flows.addDropped(row, wireLen);
    this.tallies.packet(rule, packetNumber, wireLen);
  }

  /** The rule that blocks the connection `row` as a whole, NO_RULE for none; final once the connection has ended. */
  blockOf(row: number): number {
    const rule = this.flows.ruleOf(row);
    return this.rules.isBlock(rule) ? rule : NO_RULE;
  }

  /** The same for a connection whose messages are decided one by one: by what every one of them has in common. */
  blockOfMessages(row: number): number {
    const rule = this.rules.combine(this.ruleOfStart(row), this.ruleOfProtocol(row));
    return !this.waitsForName && this.rules.isBlock(rule) ? rule : NO_RULE;
  }

  /** Whether a limit's rule blocks `row` as a whole, even where its messages are decided one by one otherwise. */
  isLimited(row: number): boolean {
    return this.rules.limitRule !== NO_RULE && this.flows.ruleOf(row) === this.rules.limitRule;
  }

  /** The rule that dropped the first dropped packet of `row`, else the rule that decided; NO_RULE for none. */
  ruleOf(row: number): number {
    const { flows } = this;
    return flows.droppedPacketsOf(row) !== 0 ? this.firstRules[row]! : flows.ruleOf(row);
  }

  /** Number of the first dropped packet of `row`; valid only when it has one. */
  firstDropOf(row: number): number {
    return this.firstDrops[row]!;
  }

  /** Counts a connection that has ended for the rule that decided it, and what an allow rule let pass. */
  ended(row: number): void {
    const rule = this.ruleOf(row);
    if (rule === NO_RULE) return;
    if (this.rules.isBlock(rule)) this.tallies.connection(rule, 0, 0);
    else this.tallies.connection(rule, this.flows.packetsOf(row), this.flows.bytesOf(row));
  }

  /** The rule that decides a connection by addresses and port alone, NO_RULE for none. */
  ruleOfStart(row: number): number {
    const { rules, flows, srcBuf, dstBuf } = this;
    if (!rules.hasStartRules) return NO_RULE;
    const responderPort = this.writeEnds(row);
    const isV6 = flows.isIpv6(row);
    const rule = rules.atStart(isV6, srcBuf, dstBuf, flows.ipProtocolOf(row), responderPort);
    if (!rules.looksAtPorts || !this.doubtsResponder(row)) return rule;
    const other = rules.atStart(isV6, srcBuf, dstBuf, TCP, flows.portOf(row, flows.initiatorOf(row)));
    return rules.combine(rule, other);
  }

  /** The same for a connection that has begun. Asks the rules again only where their decision may have changed. */
  ruleOfStartSince(row: number): number {
    const isUnmet = this.flows.ruleOf(row) === NO_RULE;
    return isUnmet && !this.rules.looksAtPorts ? NO_RULE : this.ruleOfStart(row);
  }

  /** The rule that decides a connection by the protocol that it speaks, NO_RULE for none. */
  ruleOfProtocol(row: number): number {
    if (!this.rules.hasProtocolRules) return NO_RULE;
    const protocol = this.flows.protocolOf(row);
    return protocol === 0 ? NO_RULE : this.rules.atProtocol(this.labels.protocols.names[protocol]!);
  }

  /**
   * The rule that decides packet `i`, which is in no connection, by its addresses; NO_RULE where they could not be
   * read, or where what it is a part of may yet be allowed.
   */
  ruleOfLoose(columns: PacketColumns, i: number): number {
    const { rules, srcBuf, dstBuf } = this;
    const loose = columns.loose[i]!;
    if (loose === 0 || !rules.hasStartRules) return NO_RULE;
    if ((loose & LOOSE_FRAGMENT) !== 0 && rules.allowsBeyondAddress) return NO_RULE;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const isV6 = (loose & ~LOOSE_FRAGMENT) === 6;
    const len = isV6 ? ADDRESS_LEN : IPV4_LEN;
    buf.copy(srcBuf, 0, columns.looseSrc[i]!, columns.looseSrc[i]! + len);
    buf.copy(dstBuf, 0, columns.looseDst[i]!, columns.looseDst[i]! + len);
    return rules.atStart(isV6, srcBuf, dstBuf, 0, 0);
  }

  /** Every rule that matches the connection `row` as known so far. Allocates: for reports. */
  matchesOf(row: number): number[] {
    const { rules, labels, apps, flows, srcBuf, dstBuf } = this;
    const responderPort = this.writeEnds(row);
    const isV6 = flows.isIpv6(row);
    const matches = rules.matchesAtStart(isV6, srcBuf, dstBuf, flows.ipProtocolOf(row), responderPort);
    if (this.doubtsResponder(row)) {
      matches.push(...rules.matchesAtStart(isV6, srcBuf, dstBuf, TCP, flows.portOf(row, flows.initiatorOf(row))));
    }
    const protocol = flows.protocolOf(row);
    if (protocol !== 0) matches.push(...rules.matchesAtProtocol(labels.protocols.names[protocol]!));
    const isDns = detectedBy(flows.evidenceOf(row)) === 'dns';
    const app = flows.appOf(row);
    if (app !== 0) matches.push(...rules.matchesAtApp(apps.lineageOf(app)));
    const first = flows.nameOf(row);
    const names = first === 0 ? [] : [first, ...labels.moreNames.of(row)];
    for (const name of names) {
      const { names: table } = labels;
      matches.push(...rules.matchesAtName(table.bufOf(name), table.startOf(name), table.endOf(name)));
      const entry = isDns ? labels.entryOf(name) : -1;
      if (entry >= 0) matches.push(...rules.matchesAtApp(apps.lineageOf(apps.appOf(entry))));
    }
    // Names that there was no room for left their decision here.
    const decided = flows.ruleOf(row);
    if (decided !== NO_RULE) matches.push(decided);
    return [...new Set(matches)];
  }

  /** The block rules for the names that the connection's name leads to. Allocates: for reports. */
  blocksOfTargets(row: number): number[] {
    const { rules } = this;
    const matches = this.labels.targetsOf(row).flatMap((text) => {
      const bytes = Buffer.from(text, 'latin1');
      return rules.matchesAtName(bytes, 0, bytes.length);
    });
    return [...new Set(matches)].filter((rule) => rules.isBlock(rule));
  }

  /** The connection has a new name or app, or will show none: what waited for a name takes effect. */
  labelled(row: number): void {
    const { flows, rules } = this;
    if (this.staysBlocked && flows.hasFlag(row, FLOW_BLOCKED)) return;
    let rule = this.ruleOfProtocol(row);
    const first = flows.nameOf(row);
    if (first !== 0) {
      rule = rules.combine(rule, this.ofName(first));
      if (flows.hasFlag(row, FLOW_MORE_NAMES)) {
        for (const name of this.labels.moreNames.of(row)) rule = rules.combine(rule, this.ofName(name));
      }
    }
    const app = flows.appOf(row);
    if (app !== 0 && rules.hasAppRules) rule = rules.combine(rule, rules.atApp(this.apps.lineageOf(app)));
    this.join(row, rule, true);
  }

  /** The rule that decides one DNS message by a name it asks for, after `earlier`; the connection's verdict stays. */
  ofQuestion(earlier: number, name: number): number {
    let rule = this.rules.combine(earlier, this.ofName(name));
    if (this.followsCname) rule = this.ofTargets(rule, this.labels.cnames.of(name));
    if (!this.rules.hasAppRules) return rule;
    const entry = this.labels.entryOf(name);
    if (entry < 0) return rule;
    return this.rules.combine(rule, this.rules.atApp(this.apps.lineageOf(this.apps.appOf(entry))));
  }

  /** The connection `row` has shown names that are not remembered, for which `rule` decides. */
  shown(row: number, rule: number): void {
    if (this.staysBlocked && this.flows.hasFlag(row, FLOW_BLOCKED)) return;
    this.join(row, rule, true);
  }

  /** The rule that decides about `row` by a name that is not remembered, by its bytes, after `earlier`. */
  ofUnkept(row: number, earlier: number, buf: Buffer, start: number, end: number): number {
    if (this.flows.hasFlag(row, FLOW_ASKED_DNS)) return this.ofUnkeptQuestion(earlier, buf, start, end);
    return this.rules.hasNameRules ? this.ofBytes(earlier, buf, start, end, false) : earlier;
  }

  /** As `ofQuestion`, for a name that is not remembered. */
  ofUnkeptQuestion(earlier: number, buf: Buffer, start: number, end: number): number {
    const { hasNameRules, hasAppRules } = this.rules;
    return hasNameRules || hasAppRules ? this.ofBytes(earlier, buf, start, end, hasAppRules) : earlier;
  }

  /** Port rules match either end where it is not known which one is the responder. Events say who began. */
  private doubtsResponder(row: number): boolean {
    return this.doubtsPorts && isResponderInDoubt(this.flows, row);
  }

  private ofTargets(earlier: number, targets: readonly string[]): number {
    let rule = earlier;
    if (!this.rules.hasNameRules) return rule;
    for (let i = 0; i < targets.length; i++) {
      const len = this.unkeptBuf.write(targets[i]!, 'latin1');
      rule = this.rules.combine(rule, this.rules.atName(this.unkeptBuf, 0, len));
    }
    return rule;
  }

  private ofBytes(earlier: number, buf: Buffer, start: number, end: number, asksApp: boolean): number {
    const { unkeptBuf, rules, apps } = this;
    while (end > start && buf[end - 1] === DOT) end--;
    const from = Math.max(start, end - MAX_UNKEPT_LEN);
    const len = end - from;
    for (let i = 0; i < len; i++) {
      const byte = buf[from + i]!;
      unkeptBuf[i] = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
    }
    const rule = rules.combine(earlier, rules.atName(unkeptBuf, 0, len));
    const entry = asksApp ? apps.matchName(unkeptBuf, 0, len) : -1;
    return entry < 0 ? rule : rules.combine(rule, rules.atApp(apps.lineageOf(apps.appOf(entry))));
  }

  /**
   * The rule that decides by a name: looked up once a name, since a list of a million domains costs a cache miss or
   * two.
   */
  private ofName(name: number): number {
    if (!this.rules.hasNameRules) return NO_RULE;
    if (name >= this.ruleOfName.length) this.growTo(name + 1);
    const known = this.ruleOfName[name]!;
    if (known !== 0) return known - 2;
    const { names } = this.labels;
    const rule = this.rules.atName(names.bufOf(name), names.startOf(name), names.endOf(name));
    this.ruleOfName[name] = rule + 2;
    return rule;
  }

  /** Names were forgotten: other names may take their ids. */
  forgetNames(): void {
    this.ruleOfName.fill(0);
  }

  private growTo(len: number): void {
    const larger = new Int32Array(Math.max(len, this.ruleOfName.length * 2));
    larger.set(this.ruleOfName);
    this.ruleOfName = larger;
  }

  /** Numbers of the rules that connections in progress refer to. */
  private pinned(): Set<number> {
    const { flows } = this;
    const pinned = new Set<number>();
    for (let row = 0; row < flows.rowsInUse; row++) {
      if (!flows.isInUse(row)) continue;
      if (flows.ruleOf(row) !== NO_RULE) pinned.add(flows.ruleOf(row));
      if (flows.droppedPacketsOf(row) !== 0) pinned.add(this.firstRules[row]!);
    }
    return pinned;
  }

  private renumber(row: number, renumbered: Int32Array): void {
    const { flows } = this;
    if (flows.ruleOf(row) !== NO_RULE) flows.setRule(row, renumbered[flows.ruleOf(row)]!);
    if (flows.droppedPacketsOf(row) !== 0) this.firstRules[row] = renumbered[this.firstRules[row]!]!;
  }

  /** Joins a decision with that in the row; `final` makes a block take effect. */
  private join(row: number, decision: number, final: boolean): void {
    const { flows } = this;
    const rule = this.rules.combine(flows.ruleOf(row), decision);
    flows.setRule(row, rule);
    if (!final) return;
    if (this.rules.isBlock(rule)) flows.addFlags(row, FLOW_BLOCKED);
    else flows.clearFlags(row, FLOW_BLOCKED);
  }

  /** Writes the initiator's address into `srcBuf`, the responder's into `dstBuf`; returns the responder's port. */
  private writeEnds(row: number): number {
    const { flows } = this;
    const isV6 = flows.isIpv6(row);
    this.writeAddress(this.srcBuf, isV6, flows.initiatorAddressOf(row));
    this.writeAddress(this.dstBuf, isV6, flows.responderAddressOf(row));
    return flows.portOf(row, flows.initiatorOf(row) === 0 ? 1 : 0);
  }

  private writeAddress(into: Buffer, isV6: boolean, word: number): void {
    if (!isV6) {
      putI32(into, 0, word);
      return;
    }
    for (let k = 0; k < 4; k++) putI32(into, k * 4, this.addresses.word(word, k));
  }
}
