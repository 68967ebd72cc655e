import type { AppTable } from '../classify/app-table.js';
import { detectedBy } from '../classify/evidence.js';
import type { Labels } from '../classify/labels.js';
import { putI32 } from '../common/bytes.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import type { AddressWords } from '../flow/address-table.js';
import {
  FLOW_BLOCKED,
  FLOW_INITIATOR_B,
  FLOW_INSPECTED,
  FLOW_MORE_NAMES,
  FLOW_NEW_RULES,
  FLOW_SERVER_HELLO,
} from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { IPV6_BIT, LOOSE_FRAGMENT, type PacketColumns } from '../flow/packet-columns.js';
import { NO_RULE, type RuleSet } from './rule-set.js';
import { succeed } from './rule-succession.js';
import { RuleTallies } from './rule-tallies.js';

const ADDRESS_LEN = 16;

/**
 * Applies a rule set to connections as they become known, and notes the verdict in their rows.
 *
 * A connection is decided by its first packet (addresses, responder's port), by each name, and by its app. Where the
 * rules allow some names or apps, a block by address or port waits until the connection has shown its name or can show
 * none: otherwise the handshake would be dropped that the allowed name comes with.
 */
export class Verdicts {
  private readonly srcBuf = Buffer.alloc(ADDRESS_LEN);
  private readonly dstBuf = Buffer.alloc(ADDRESS_LEN);
  /** What each rule decided so far. */
  tallies: RuleTallies;
  private waitsForName: boolean;
  /** Of each row that has dropped packets: number of the first one modulo 2^32, and the rule that it fell by. */
  private readonly firstDrops: Uint32Array;
  private readonly firstRules: Int32Array;
  /** Rule by NameTable id, plus 2; 0 where nobody asked yet. */
  private ruleOfName = new Int32Array(1024);

  /** With `staysBlocked` no name that shows later frees a connection again that has been blocked. */
  constructor(
    public rules: RuleSet,
    private readonly flows: FlowRows,
    private readonly addresses: AddressWords,
    private readonly labels: Labels,
    private readonly apps: AppTable,
    private readonly staysBlocked = false,
  ) {
    this.waitsForName = rules.allowsByName;
    this.tallies = new RuleTallies(rules);
    this.firstDrops = new Uint32Array(flows.maxFlows);
    this.firstRules = new Int32Array(flows.maxFlows);
  }

  /** The connection `row` begins. */
  begun(row: number): void {
    const rule = this.ruleOfStart(row);
    if (rule === NO_RULE) return;
    const w = row << F.ROW_SHIFT;
    const proto = this.flows.words[w + F.PROTO]! & 255;
    this.join(w, rule, !this.waitsForName || (proto !== TCP && proto !== UDP));
  }

  /**
   * Puts other rules in force: connections in progress that are not blocked are marked to be considered anew. Returns
   * by number of an old rule its number in what is now `rules`, -1 for one that nothing refers to.
   */
  replaceRules(next: RuleSet): Int32Array {
    const { words, rowsInUse } = this.flows;
    const pinned = new Set<number>();
    for (let row = 0; row < rowsInUse; row++) {
      const w = row << F.ROW_SHIFT;
      if (words[w + F.PROTO] === -1) continue;
      if (words[w + F.RULE] !== 0) pinned.add(words[w + F.RULE]! - 1);
      if (words[w + F.DROPPED_PACKETS] !== 0) pinned.add(this.firstRules[row]!);
    }
    const { rules, renumbered } = succeed(this.rules, next, this.tallies.deciding, pinned);
    for (let row = 0; row < rowsInUse; row++) {
      const w = row << F.ROW_SHIFT;
      if (words[w + F.PROTO] === -1) continue;
      if (words[w + F.RULE] !== 0) words[w + F.RULE] = renumbered[words[w + F.RULE]! - 1]! + 1;
      if (words[w + F.DROPPED_PACKETS] !== 0) this.firstRules[row] = renumbered[this.firstRules[row]!]!;
      const flags = words[w + F.FLAGS]!;
      if ((flags & FLOW_BLOCKED) === 0) words[w + F.FLAGS] = flags | FLOW_NEW_RULES;
    }
    this.tallies = this.tallies.carriedTo(rules, renumbered);
    this.rules = rules;
    this.waitsForName = rules.allowsByName;
    this.forgetNames();
    return renumbered;
  }

  /** Decides the connection `row`, marked by `replaceRules`, by what is known of it. */
  reconsider(row: number): void {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    words[w + F.FLAGS] = words[w + F.FLAGS]! & ~FLOW_NEW_RULES;
    words[w + F.RULE] = 0;
    this.begun(row);
    const flags = words[w + F.FLAGS]!;
    const showsNoName = (flags & FLOW_INSPECTED) !== 0 && (flags & FLOW_SERVER_HELLO) === 0;
    if (showsNoName || words[w + F.NAME] !== 0 || (words[w + F.APP]! & 0xffff) !== 0) this.labelled(row);
  }

  /** A packet of the connection `row` is dropped by `rule`. */
  dropped(row: number, rule: number, packetNumber: number, wireLen: number): void {
    const { words, doubles } = this.flows;
    const w = row << F.ROW_SHIFT;
    if (words[w + F.DROPPED_PACKETS] === 0) {
      this.firstDrops[row] = packetNumber;
      this.firstRules[row] = rule;
    }
    words[w + F.DROPPED_PACKETS]!++;
    doubles[(w + F.DROPPED_BYTES) >> 1]! += wireLen;
    this.tallies.packet(rule, packetNumber, wireLen);
  }

  /** The rule that blocks the connection `row` as a whole, NO_RULE for none; final once the connection has ended. */
  blockOf(row: number): number {
    const rule = this.flows.words[(row << F.ROW_SHIFT) + F.RULE]! - 1;
    return this.rules.isBlock(rule) ? rule : NO_RULE;
  }

  /** The same for a connection whose messages are decided one by one: by what every one of them has in common. */
  blockOfMessages(row: number): number {
    const rule = this.ruleOfStart(row);
    return !this.waitsForName && this.rules.isBlock(rule) ? rule : NO_RULE;
  }

  /** The rule that the first dropped packet of `row` fell by; without one, the rule that decided; NO_RULE for none. */
  ruleOf(row: number): number {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    return words[w + F.DROPPED_PACKETS] !== 0 ? this.firstRules[row]! : words[w + F.RULE]! - 1;
  }

  /** Number of the first dropped packet of `row`; of meaning only when it has one. */
  firstDropOf(row: number): number {
    return this.firstDrops[row]!;
  }

  /** Counts a connection that has ended for the rule that decided it, and what an allow rule let pass. */
  ended(row: number): void {
    const rule = this.ruleOf(row);
    if (rule === NO_RULE) return;
    const { words, doubles } = this.flows;
    const w = row << F.ROW_SHIFT;
    if (this.rules.isBlock(rule)) {
      this.tallies.connection(rule, 0, 0);
      return;
    }
    const packets = (words[w + F.PACKETS_A]! >>> 0) + (words[w + F.PACKETS_B]! >>> 0);
    this.tallies.connection(rule, packets, doubles[(w + F.BYTES_A) >> 1]! + doubles[(w + F.BYTES_B) >> 1]!);
  }

  /** The rule that decides a connection by addresses and port alone, NO_RULE for none. */
  ruleOfStart(row: number): number {
    const { rules, flows } = this;
    if (!rules.hasStartRules) return NO_RULE;
    const { words } = flows;
    const w = row << F.ROW_SHIFT;
    const responderPort = this.writeEnds(w);
    const proto = words[w + F.PROTO]!;
    return rules.atStart((proto & IPV6_BIT) !== 0, this.srcBuf, 0, this.dstBuf, 0, proto & 255, responderPort);
  }

  /** The same for a connection that `begun` was told of: asked again only where the answer may be another by now. */
  ruleOfStartSince(row: number): number {
    const isUnmet = this.flows.words[(row << F.ROW_SHIFT) + F.RULE] === 0;
    return isUnmet && !this.rules.looksAtPorts ? NO_RULE : this.ruleOfStart(row);
  }

  /**
   * The rule that decides packet `i`, which is in no connection, by its addresses; NO_RULE where they could not be
   * read, or where what it is a part of may yet be allowed.
   */
  ruleOfLoose(columns: PacketColumns, i: number): number {
    const { rules } = this;
    const loose = columns.loose[i]!;
    if (loose === 0 || !rules.hasStartRules) return NO_RULE;
    if ((loose & LOOSE_FRAGMENT) !== 0 && rules.allowsBeyondAddress) return NO_RULE;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const isV6 = (loose & ~LOOSE_FRAGMENT) === 6;
    return rules.atStart(isV6, buf, columns.looseSrc[i]!, buf, columns.looseDst[i]!, 0, 0);
  }

  /** Every rule that matches the connection `row` by what is known of it by now. Allocates: for reports. */
  matchesOf(row: number): number[] {
    const { rules, labels, apps } = this;
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const proto = words[w + F.PROTO]!;
    const responderPort = this.writeEnds(w);
    const isV6 = (proto & IPV6_BIT) !== 0;
    const matches = rules.matchesAtStart(isV6, this.srcBuf, 0, this.dstBuf, 0, proto & 255, responderPort);
    const isDns = detectedBy(words[w + F.EVIDENCE]!) === 'dns';
    const app = words[w + F.APP]! & 0xffff;
    if (app !== 0) matches.push(...rules.matchesAtApp(apps.nameOf(app)));
    const first = words[w + F.NAME]!;
    const names = first === 0 ? [] : [first, ...labels.moreNames.of(row)];
    for (const name of names) {
      const { names: table } = labels;
      matches.push(...rules.matchesAtName(table.bufOf(name), table.startOf(name), table.endOf(name)));
      if (isDns) matches.push(...rules.matchesAtApp(apps.nameOf(apps.appOf(labels.entryOf(name)))));
    }
    return [...new Set(matches)];
  }

  /**
   * The connection has a new name or app, or will show none: what waited for a name takes effect. Names that were
   * decided before are asked again, which changes nothing.
   */
  labelled(row: number): void {
    const { flows } = this;
    const { words } = flows;
    const w = row << F.ROW_SHIFT;
    if (this.staysBlocked && (words[w + F.FLAGS]! & FLOW_BLOCKED) !== 0) return;
    let rule = NO_RULE;
    if (words[w + F.NAME] !== 0) {
      rule = this.ofName(words[w + F.NAME]!);
      if ((words[w + F.FLAGS]! & FLOW_MORE_NAMES) !== 0) {
        for (const name of this.labels.moreNames.of(row)) rule = this.rules.combine(rule, this.ofName(name));
      }
    }
    const app = words[w + F.APP]! & 0xffff;
    if (app !== 0 && this.rules.hasAppRules) rule = this.rules.combine(rule, this.rules.atApp(this.apps.nameOf(app)));
    this.join(w, rule, true);
  }

  /** The rule that decides one DNS message by a name it asks for, after `earlier`; the connection's verdict stays. */
  ofQuestion(earlier: number, name: number): number {
    const rule = this.rules.combine(earlier, this.ofName(name));
    if (!this.rules.hasAppRules) return rule;
    const entry = this.labels.entryOf(name);
    if (entry < 0) return rule;
    return this.rules.combine(rule, this.rules.atApp(this.apps.nameOf(this.apps.appOf(entry))));
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

  /** Names were forgotten, and their ids may stand for others. */
  forgetNames(): void {
    this.ruleOfName.fill(0);
  }

  private growTo(len: number): void {
    const larger = new Int32Array(Math.max(len, this.ruleOfName.length * 2));
    larger.set(this.ruleOfName);
    this.ruleOfName = larger;
  }

  /** Joins a decision with that in the row; `final` makes a block take effect. */
  private join(w: number, decision: number, final: boolean): void {
    const { words } = this.flows;
    const rule = this.rules.combine(words[w + F.RULE]! - 1, decision);
    words[w + F.RULE] = rule + 1;
    if (!final) return;
    const flags = words[w + F.FLAGS]!;
    words[w + F.FLAGS] = this.rules.isBlock(rule) ? flags | FLOW_BLOCKED : flags & ~FLOW_BLOCKED;
  }

  /** Writes the addresses of both ends, the initiator's into `srcBuf`; returns the responder's port. */
  private writeEnds(w: number): number {
    const { words } = this.flows;
    const isV6 = (words[w + F.PROTO]! & IPV6_BIT) !== 0;
    const initiatorB = (words[w + F.FLAGS]! & FLOW_INITIATOR_B) !== 0;
    this.writeAddress(this.srcBuf, isV6, words[initiatorB ? w + F.ADDR_B : w + F.ADDR_A]!);
    this.writeAddress(this.dstBuf, isV6, words[initiatorB ? w + F.ADDR_A : w + F.ADDR_B]!);
    const ports = words[w + F.PORTS]!;
    return initiatorB ? ports >>> 16 : ports & 0xffff;
  }

  private writeAddress(into: Buffer, isV6: boolean, word: number): void {
    if (!isV6) {
      putI32(into, 0, word);
      return;
    }
    for (let k = 0; k < 4; k++) putI32(into, k * 4, this.addresses.word(word, k));
  }
}
