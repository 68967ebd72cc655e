import type { PacketBatch } from '../capture/packet-batch.js';
import { detectedBy } from '../classify/evidence.js';
import type { PacketNews } from '../classify/packet-news.js';
import { TCP } from '../common/ip-protocols.js';
import { FLOW_ASKED_DNS, FLOW_BLOCKED, FLOW_NEW_RULES } from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { DROPPED_ALONE, DROPPED_WITH_CONNECTION, PASSED, type PacketColumns } from '../flow/packet-columns.js';
import { DroppedDatagrams } from './dropped-datagrams.js';
import { DroppedSegments } from './dropped-segments.js';
import { PassedPayload } from './passed-payload.js';
import { NO_RULE, type RuleSet } from './rule-set.js';
import type { Verdicts } from './verdicts.js';

/** Without these flags a packet that shows nothing new passes, without a look at the second cache line of its row. */
const UNSETTLED = FLOW_NEW_RULES | FLOW_BLOCKED | FLOW_ASKED_DNS;

/** Decides for each inspected packet whether the rules drop it. */
export class PacketJudge {
  /** Packets that were dropped though they are in no connection. */
  droppedLoose = 0;
  /** Connections of which a limit left a part unread; null before it is known who counts them. */
  uninspectedRows: { has(row: number): boolean } | null = null;
  /** Null unless `countPassed`. */
  readonly passed: PassedPayload | null;
  private readonly datagrams = new DroppedDatagrams();
  private readonly segments = new DroppedSegments();

  /**
   * `news` is of the packet being judged. `onVerdict` is called with the row of each connection that ends, its verdict
   * final.
   */
  constructor(
    private readonly verdicts: Verdicts,
    private readonly flows: FlowRows,
    private readonly news: PacketNews,
    private readonly columns: PacketColumns,
    private readonly onVerdict: ((row: number) => void) | undefined,
    countPassed = false,
  ) {
    this.passed = countPassed ? new PassedPayload(flows) : null;
  }

  /** Call this before a packet is inspected. */
  reset(): void {
    this.news.clear();
  }

  /**
   * Puts other rules in force, from the next packet of each connection on. A connection that has been blocked stays so,
   * by a rule that may be gone: its ends have lost packets that are not sent again.
   */
  replaceRules(rules: RuleSet): void {
    const renumbered = this.verdicts.replaceRules(rules);
    if (renumbered === null) return;
    this.segments.renumber(renumbered);
    this.datagrams.renumber(renumbered);
  }

  /** A packet of the connection `row` goes with its blocked connection, or as a DNS message on its own, or passes. */
  packet(batch: PacketBatch, i: number, row: number): void {
    const { columns, verdicts, flows } = this;
    const { news } = this;
    if (!flows.hasFlag(row, UNSETTLED) && !news.hasNewLabel && !news.hasNewProtocol) {
      columns.dropped[i] = PASSED;
      this.passed?.add(row, columns.fromB[i]!, columns.payloadWireLen[i]!);
      return;
    }
    let rule = NO_RULE;
    let dropped = PASSED;
    if (flows.hasFlag(row, FLOW_NEW_RULES)) this.reconsider(row);
    if (this.isAsking(row)) {
      rule = this.ruleOfMessage(i, row);
      if (verdicts.rules.isBlock(rule)) dropped = DROPPED_ALONE;
    } else {
      if (news.hasNewLabel) this.labelled(row);
      else if (news.hasNewProtocol) verdicts.spoke(row);
      if (flows.hasFlag(row, FLOW_BLOCKED)) dropped = DROPPED_WITH_CONNECTION;
      rule = flows.ruleOf(row);
    }
    columns.dropped[i] = dropped;
    if (dropped === PASSED) {
      this.passed?.add(row, columns.fromB[i]!, columns.payloadWireLen[i]!);
      return;
    }
    columns.rule[i] = rule;
    verdicts.dropped(row, rule, batch.firstNumber + i, batch.wireLen[i]!);
    if (columns.fragmentGroup[i] !== 0) this.datagrams.add(columns.fragmentGroup[i]!, rule);
  }

  /** A packet in no connection goes with the datagram that it is a fragment of, or by its addresses. */
  loose(batch: PacketBatch, i: number): void {
    const { columns, verdicts } = this;
    const group = columns.fragmentGroup[i]!;
    let dropped = DROPPED_WITH_CONNECTION;
    let rule = group === 0 ? NO_RULE : this.datagrams.ruleOf(group);
    if (rule === NO_RULE) {
      rule = verdicts.ruleOfLoose(columns, i);
      if (!verdicts.rules.isBlock(rule)) return;
      dropped = DROPPED_ALONE;
    }
    columns.dropped[i] = dropped;
    columns.rule[i] = rule;
    this.droppedLoose++;
    this.verdicts.tallies.packet(rule, batch.firstNumber + i, batch.wireLen[i]!);
  }

  /**
   * The end of a connection may show a name or app that blocks it. A DNS connection with dropped messages counts as
   * blocked.
   */
  ended(row: number): void {
    const { flows } = this;
    if (this.isAsking(row)) this.segments.forget(row);
    // Rules that came after its last packet do not decide it.
    else if (!flows.hasFlag(row, FLOW_NEW_RULES)) this.labelled(row);
    this.onVerdict?.(row);
    if (flows.droppedPacketsOf(row) !== 0) flows.addFlags(row, FLOW_BLOCKED);
    this.verdicts.ended(row);
    this.passed?.forget(row);
  }

  /** A limit has left a part of the connection `row` unread. Its packets are dropped from this one on, or pass. */
  uninspected(row: number): void {
    const { limitRule } = this.verdicts.rules;
    if (limitRule !== NO_RULE) this.verdicts.shown(row, limitRule);
  }

  private reconsider(row: number): void {
    this.verdicts.reconsider(row);
    if (this.uninspectedRows?.has(row) === true) this.uninspected(row);
  }

  private labelled(row: number): void {
    if (this.news.hasUnkept) this.verdicts.shown(row, this.news.unkeptRule);
    this.verdicts.labelled(row);
  }

  /** Whether the names in its DNS messages decide the connection. */
  private isAsking(row: number): boolean {
    const { flows, verdicts } = this;
    if (!flows.hasFlag(row, FLOW_ASKED_DNS) || verdicts.isLimited(row)) return false;
    return detectedBy(flows.evidenceOf(row)) === 'dns';
  }

  /**
   * The rule for a packet of a DNS connection: the connection's own, and those for the names that its messages ask for.
   */
  private ruleOfMessage(i: number, row: number): number {
    const { columns, verdicts } = this;
    const { news } = this;
    let rule = verdicts.rules.combine(verdicts.ruleOfStartSince(row), verdicts.ruleOfProtocol(row));
    for (let n = 0; n < news.nameCount; n++) rule = verdicts.ofQuestion(rule, news.nameAt(n));
    rule = verdicts.rules.combine(rule, news.unkeptRule);
    const len = columns.payloadWireLen[i]!;
    if ((columns.proto[i]! & 255) !== TCP || len === 0) return rule;
    const sender = columns.fromB[i]!;
    const seq = columns.tcpSeq[i]!;
    if (news.nameCount === 0 && !news.hasUnkept)
      return verdicts.rules.combine(rule, this.segments.ruleOf(row, sender, seq, len));
    if (verdicts.rules.isBlock(rule)) this.segments.add(row, sender, seq, len, rule);
    return rule;
  }
}
