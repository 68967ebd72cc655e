import type { AppTable } from '../classify/app-table.js';
import type { Labels } from '../classify/labels.js';
import type { AddressTable } from '../flow/address-table.js';
import * as F from '../flow/flow-row.js';
import type { FlowTable } from '../flow/flow-table.js';
import { NO_RULE, type RuleSet } from './rule-set.js';

const IPV6_BIT = 256;
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
  private readonly waitsForName: boolean;
  /** Rule by NameTable id, plus 2; 0 where nobody asked yet. */
  private ruleOfName = new Int32Array(1024);

  constructor(
    readonly rules: RuleSet,
    private readonly flows: FlowTable,
    private readonly addresses: AddressTable,
    private readonly labels: Labels,
    private readonly apps: AppTable,
  ) {
    this.waitsForName = rules.allowsByName;
  }

  /** The connection `row` begins. */
  begun(row: number): void {
    const rule = this.ruleOfStart(row);
    if (rule !== NO_RULE) this.join(row << F.ROW_SHIFT, rule, !this.waitsForName);
  }

  /** The rule that decides a connection by addresses and port alone, NO_RULE for none. */
  ruleOfStart(row: number): number {
    const { rules, flows } = this;
    if (!rules.hasStartRules) return NO_RULE;
    const { words } = flows;
    const w = row << F.ROW_SHIFT;
    const isV6 = (words[w + F.PROTO]! & IPV6_BIT) !== 0;
    const initiatorB = (words[w + F.FLAGS]! & F.FLOW_INITIATOR_B) !== 0;
    this.writeAddress(this.srcBuf, isV6, words[initiatorB ? w + F.ADDR_B : w + F.ADDR_A]!);
    this.writeAddress(this.dstBuf, isV6, words[initiatorB ? w + F.ADDR_A : w + F.ADDR_B]!);
    const ports = words[w + F.PORTS]!;
    const responderPort = initiatorB ? ports >>> 16 : ports & 0xffff;
    const proto = words[w + F.PROTO]! & 255;
    return rules.atStart(isV6, this.srcBuf, 0, this.dstBuf, 0, proto, responderPort);
  }

  /** The connection has a new name or app. Names that were decided before are asked again, which changes nothing. */
  labelled(row: number): void {
    const { flows } = this;
    const { words } = flows;
    const w = row << F.ROW_SHIFT;
    let rule = NO_RULE;
    if (words[w + F.NAME] !== 0) {
      rule = this.ofName(words[w + F.NAME]!);
      if ((words[w + F.FLAGS]! & F.FLOW_MORE_NAMES) !== 0) {
        for (const name of this.labels.moreNames.get(row)!) rule = this.rules.combine(rule, this.ofName(name));
      }
    }
    const app = words[w + F.APP]! & 0xffff;
    if (app !== 0 && this.rules.hasAppRules) rule = this.rules.combine(rule, this.rules.atApp(this.apps.nameOf(app)));
    this.join(w, rule, true);
  }

  /** The rule that decides one DNS message by a name it asks for, after `earlier`; the connection's verdict stays. */
  ofQuestion(earlier: number, name: number): number {
    const rule = this.rules.combine(earlier, this.ofName(name));
    const entry = this.labels.entryOf(name);
    if (entry < 0 || !this.rules.hasAppRules) return rule;
    return this.rules.combine(rule, this.rules.atApp(this.apps.nameOf(this.apps.appOf(entry))));
  }

  /** The rule that decides by a name: looked up once a name, since a list of a million domains costs a cache miss or two. */
  private ofName(name: number): number {
    if (!this.rules.hasNameRules) return NO_RULE;
    if (name >= this.ruleOfName.length) this.growTo(name + 1);
    const known = this.ruleOfName[name]!;
    if (known !== 0) return known - 2;
    const { names } = this.labels;
    const rule = this.rules.atName(names.bufOf(), names.startOf(name), names.endOf(name));
    this.ruleOfName[name] = rule + 2;
    return rule;
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
    words[w + F.FLAGS] = this.rules.isBlock(rule) ? flags | F.FLOW_BLOCKED : flags & ~F.FLOW_BLOCKED;
  }

  private writeAddress(into: Buffer, isV6: boolean, word: number): void {
    if (!isV6) {
      into.writeInt32BE(word, 0);
      return;
    }
    for (let k = 0; k < 4; k++) into.writeInt32BE(this.addresses.word(word, k), k * 4);
  }
}
