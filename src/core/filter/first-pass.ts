import type { PacketBatch } from '../capture/packet-batch.js';
import { detectedBy } from '../classify/evidence.js';
import { UDP } from '../common/ip-protocols.js';
import { Pipeline, type PipelineOptions } from '../engine/pipeline.js';
import { DROPPED_ALONE, NO_FLOW, SEGMENT_SHIFT } from '../flow/packet-columns.js';
import { questionName } from '../inspect/dns/dns-inspector.js';
import { Finding } from '../inspect/inspector.js';
import { NO_RULE, NO_RULES } from '../policy/rule-set.js';
import { RuleTallies } from '../policy/rule-tallies.js';
import type { ConnectionRecord } from '../report/model.js';
import { QuoteReader } from './quote-reader.js';
import { WholeVerdicts } from './whole-verdicts.js';

/** DNS, mDNS, LLMNR: quotes of their messages are read even where the message itself was not captured. */
const DNS_PORTS = [53, 5353, 5355];

/** The first of two passes: analyzes the capture and records the final verdict of each connection. */
export class FirstPass {
  readonly pipeline: Pipeline;
  readonly verdicts = new WholeVerdicts();
  /** Connections by deciding rule; the second pass adds their packets. Null without rules. */
  readonly tallies: RuleTallies | null;
  /** Connections dropped as a whole or in part. */
  decidedConnections = 0;
  private readonly quotes: QuoteReader;
  private readonly finding = new Finding();

  /** Without rules, `options.selects` decides whole connections. */
  constructor(options: PipelineOptions) {
    const { rules = NO_RULES, selects } = options;
    this.pipeline = new Pipeline({
      ...options,
      selects: selects === undefined ? undefined : (connection, begin) => this.selected(connection, begin, selects),
      tellConnections: true,
      onVerdict: (row) => this.ended(row),
      onQuote: (batch, i) => this.quoted(batch, i),
    });
    this.tallies = rules.isEmpty ? null : new RuleTallies(rules);
    this.quotes = new QuoteReader(this.pipeline.flows, this.pipeline.addresses, options.seed);
  }

  get packets(): number {
    return this.pipeline.packets;
  }

  get bytes(): number {
    return this.pipeline.bytes;
  }

  run(batch: PacketBatch): void {
    const { pipeline, verdicts } = this;
    pipeline.run(batch);
    const { columns } = pipeline;
    for (let i = 0; i < batch.count; i++) {
      const number = batch.firstNumber + i;
      const group = columns.fragmentGroup[i]!;
      const isAlone = columns.dropped[i] === DROPPED_ALONE;
      if (isAlone) this.decideAlone(number, columns.rule[i]!, batch.wireLen[i]!);
      if (group !== 0 && columns.flow[i] !== NO_FLOW) {
        if (isAlone) verdicts.groupRules.set(group, columns.rule[i]! + 1);
        else verdicts.groupConnections.set(group, columns.connection[i]!);
      }
    }
  }

  private decideAlone(number: number, rule: number, wireLen: number): void {
    this.verdicts.packets.add(number);
    this.tallies?.packet(rule, number, wireLen);
  }

  /** An ICMP error that quotes a DNS message gets its verdict; the second pass handles other quotes. */
  private quoted(batch: PacketBatch, i: number): void {
    const number = batch.firstNumber + i;
    const { columns, recognition } = this.pipeline;
    const { verdicts } = recognition;
    if (verdicts === null) return;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const bytes = { buf, start: columns.quotedStart[i]!, end: columns.quotedEnd[i]! };
    const segment = columns.proto[i]! >>> SEGMENT_SHIFT;
    const row = this.quotes.rowOf(bytes, batch.tsMicros[i]!, this.pipeline.newestId, segment);
    const quote = this.quotes.columns;
    if ((quote.proto[0]! & 255) !== UDP || quote.proto[0] === -1 || !this.isDns(row, quote.ports[0]!)) return;
    let rule = row === NO_FLOW ? NO_RULE : verdicts.ruleOfStart(row);
    const datagram = quote.buffers[quote.bufIndex[0]!]!;
    const { finding } = this;
    for (let n = 0; questionName(datagram, quote.payloadStart[0]!, quote.payloadEnd[0]!, n, finding); n++) {
      if (finding.nameStart < 0) continue;
      const name = this.pipeline.recognition.names.intern(finding.nameBuf!, finding.nameStart, finding.nameEnd);
      if (name !== 0) rule = verdicts.ofQuestion(rule, name);
      else rule = verdicts.ofUnkeptQuestion(rule, finding.nameBuf!, finding.nameStart, finding.nameEnd);
    }
    if (verdicts.rules.isBlock(rule)) this.decideAlone(number, rule, batch.wireLen[i]!);
  }

  private isDns(row: number, ports: number): boolean {
    if (row !== NO_FLOW) return this.isDnsRow(row);
    return DNS_PORTS.includes(ports >>> 16) || DNS_PORTS.includes(ports & 0xffff);
  }

  private isDnsRow(row: number): boolean {
    return detectedBy(this.pipeline.flows.evidenceOf(row)) === 'dns';
  }

  /** Notes a connection that the selection picks. Always true: the summary is about all connections. */
  private selected(
    connection: ConnectionRecord,
    beginMicros: number,
    selects: NonNullable<PipelineOptions['selects']>,
  ): true {
    if (selects(connection, beginMicros)) {
      this.verdicts.connectionRules.set(connection.id, 1);
      this.decidedConnections++;
    }
    return true;
  }

  private ended(row: number): void {
    const { flows, recognition } = this.pipeline;
    const { verdicts } = recognition;
    if (verdicts === null) return;
    const byMessage = this.isDnsRow(row) && !verdicts.isLimited(row);
    const whole = byMessage ? verdicts.blockOfMessages(row) : verdicts.blockOf(row);
    if (whole !== NO_RULE) this.verdicts.connectionRules.set(flows.idOf(row), whole + 1);
    const isPart = whole === NO_RULE && this.isDnsRow(row) && flows.droppedPacketsOf(row) !== 0;
    if (whole !== NO_RULE || isPart) {
      this.decidedConnections++;
      this.tallies?.connection(isPart ? verdicts.ruleOf(row) : whole, 0, 0);
      return;
    }
    const rule = flows.ruleOf(row);
    if (verdicts.rules.isAllow(rule)) this.tallies?.connection(rule, flows.packetsOf(row), flows.bytesOf(row));
  }
}
