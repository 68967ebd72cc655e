import type { PacketBatch } from './capture/packet-batch.js';
import type { AppTable } from './classify/app-table.js';
import { DnsAnswerCache } from './classify/dns-answer-cache.js';
import { detectedBy } from './classify/evidence.js';
import { Labels } from './classify/labels.js';
import { AddressTable } from './flow/address-table.js';
import { DecodeStage } from './flow/decode-stage.js';
import * as F from './flow/flow-row.js';
import { DEFAULT_TIMEOUTS, FlowTable, type FlowTimeouts } from './flow/flow-table.js';
import { NO_FLOW, PacketColumns } from './flow/packet-columns.js';
import { BufferPool } from './flow/stream-assembler.js';
import { DatagramInspection } from './inspect/datagram-inspection.js';
import { DnsAnswers, readAnswers } from './inspect/dns/dns-answers.js';
import { questionName } from './inspect/dns/dns-inspector.js';
import { Finding, InspectContext } from './inspect/inspector.js';
import { InspectorTable } from './inspect/inspector-table.js';
import { NameTable } from './inspect/name-table.js';
import { DATAGRAM_INSPECTORS, STREAM_INSPECTORS } from './inspect/registry.js';
import { StreamInspection } from './inspect/stream-inspection.js';
import { FragmentTable } from './layers/fragments.js';
import { PacketView } from './layers/packet-view.js';
import { NO_RULE, NO_RULES, type RuleSet } from './policy/rule-set.js';
import { Verdicts } from './policy/verdicts.js';
import { ConnectionReader } from './report/connection-reader.js';
import { LargestConnections } from './report/largest.js';
import type { ConnectionRecord } from './report/model.js';
import { ReportBuilder } from './report/report-builder.js';

const TCP = 6;
const TCP_SYN = 2;
const UDP = 17;
const EMPTY = Buffer.alloc(0);

/** Bounds of everything that grows with the input. */
export interface Limits {
  /** Connections in progress; beyond it the longest silent one ends early. 128 bytes each. */
  readonly maxConnections: number;
  /** Bytes lent to TCP reassembly in all. */
  readonly maxReassemblyLen: number;
  /** Distinct host names kept. */
  readonly maxNames: number;
  /** Answers in the DNS cache; a power of two. */
  readonly dnsAnswers: number;
  /** QUIC and DTLS handshakes in progress. */
  readonly maxDatagramStates: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxConnections: 1 << 20,
  maxReassemblyLen: 64 << 20,
  maxNames: 1 << 20,
  dnsAnswers: 1 << 16,
  maxDatagramStates: 1 << 14,
};

export interface PipelineOptions {
  readonly apps: AppTable;
  readonly limits?: Limits;
  readonly timeouts?: FlowTimeouts;
  /** Secret of the hash tables, so that nobody can prepare colliding input. Has no influence on any result. */
  readonly seed: number;
  /** Rules to apply; none by default. */
  readonly rules?: RuleSet;
  /** Fill `columns.connection`, for a reader that treats packets by their connection. */
  readonly tellConnections?: boolean;
  /** Called as each connection ends, in the order of ending. */
  readonly onConnection?: (connection: ConnectionRecord) => void;
  /** How many of the largest connections to keep for the table. */
  readonly top: number;
}

/**
 * The whole analysis of a capture, one batch at a time: decode, flow, inspect, classify, report. Pure: bytes come in
 * through `run`, connections go out through `onConnection`. Never keeps a reference to a batch's bytes.
 */
export class Pipeline {
  readonly decode: DecodeStage;
  readonly flows: FlowTable;
  readonly labels: Labels;
  readonly report: ReportBuilder;
  readonly largest: LargestConnections;
  readonly names: NameTable;
  readonly pool: BufferPool;
  readonly answers: DnsAnswerCache;
  readonly fragments = new FragmentTable();
  readonly streams: StreamInspection;
  readonly datagrams: DatagramInspection;
  packets = 0;
  bytes = 0;
  firstMicros = Infinity;
  lastMicros = -Infinity;

  /** The batch that `run` saw last, as it left the stages. */
  readonly columns = new PacketColumns();
  private readonly context = new InspectContext();
  private readonly finding = new Finding();
  private readonly dnsAnswers = new DnsAnswers();
  private readonly addresses: AddressTable;
  private readonly reader: ConnectionReader;
  private readonly onConnection: ((connection: ConnectionRecord) => void) | undefined;
  private readonly verdicts: Verdicts | null;
  private readonly tellConnections: boolean;
  /** The rule for further questions of the DNS message that was read last, NO_RULE for none. */
  private messageRule = NO_RULE;
  private readonly dnsIndex = DATAGRAM_INSPECTORS.findIndex((one) => one.name === 'dns');

  constructor(options: PipelineOptions) {
    const { apps, seed } = options;
    const limits = options.limits ?? DEFAULT_LIMITS;
    this.onConnection = options.onConnection;
    this.addresses = new AddressTable(seed);
    this.flows = new FlowTable(
      limits.maxConnections,
      this.addresses,
      seed,
      (row) => this.ended(row),
      options.timeouts ?? DEFAULT_TIMEOUTS,
    );
    this.decode = new DecodeStage(new PacketView(EMPTY, this.fragments), this.addresses, seed);
    this.names = new NameTable(limits.maxNames, seed);
    this.answers = new DnsAnswerCache(limits.dnsAnswers);
    this.labels = new Labels(this.flows, this.addresses, this.names, apps, this.answers, seed);
    this.pool = new BufferPool(limits.maxReassemblyLen);
    const { context, finding, labels } = this;
    this.streams = new StreamInspection(
      new InspectorTable(STREAM_INSPECTORS),
      this.flows,
      this.pool,
      context,
      finding,
      labels,
    );
    this.datagrams = new DatagramInspection(
      new InspectorTable(DATAGRAM_INSPECTORS),
      context,
      finding,
      labels,
      limits.maxDatagramStates,
    );
    const rules = options.rules ?? NO_RULES;
    this.verdicts = rules.isEmpty ? null : new Verdicts(rules, this.flows, this.addresses, labels, apps);
    this.tellConnections = options.tellConnections ?? false;
    this.reader = new ConnectionReader(this.flows, this.addresses, labels, apps, (rule) => rules.ruleId(rule));
    this.report = new ReportBuilder(this.flows, labels, apps);
    this.largest = new LargestConnections(options.top);
  }

  /** Analyses the packets of a batch. */
  run(batch: PacketBatch): void {
    const { columns } = this;
    this.decode.run(batch, columns);
    this.tally(batch);
    for (let from = 0; from < columns.count; ) {
      const to = this.flows.resolve(columns, batch.tsMicros, batch.wireLen, from);
      for (let i = from; i < to; i++) this.packet(batch, i);
      from = to;
    }
    this.flows.sweep(columns.count);
  }

  /** The input is over: ends up to `max` of the connections still open; false when none is left. */
  drain(max: number): boolean {
    return this.flows.drain(max);
  }

  private tally(batch: PacketBatch): void {
    this.packets += batch.count;
    for (let i = 0; i < batch.count; i++) {
      this.bytes += batch.wireLen[i]!;
      const ts = batch.tsMicros[i]!;
      if (ts < this.firstMicros) this.firstMicros = ts;
      if (ts > this.lastMicros) this.lastMicros = ts;
    }
  }

  private packet(batch: PacketBatch, i: number): void {
    const { columns, verdicts } = this;
    const row = columns.flow[i]!;
    if (row === NO_FLOW) {
      columns.dropped[i] = 0;
      columns.connection[i] = 0;
      return;
    }
    if (columns.starts[i] !== 0) this.begun(batch, i, row);
    if (verdicts === null) {
      this.inspect(batch, i, row);
    } else {
      this.labels.changed = false;
      this.labels.lastName = 0;
      this.messageRule = NO_RULE;
      this.inspect(batch, i, row);
      this.judge(verdicts, i, row, batch.wireLen[i]!);
    }
    if (this.tellConnections) columns.connection[i] = this.flows.words[(row << F.ROW_SHIFT) + F.ID]!;
  }

  /** Says whether the packet is dropped: with its blocked connection, or as a DNS message on its own. */
  private judge(verdicts: Verdicts, i: number, row: number, wireLen: number): void {
    const { words, doubles } = this.flows;
    const w = row << F.ROW_SHIFT;
    let drop = false;
    if (detectedBy(words[w + F.EVIDENCE]!) === 'dns') {
      const rule = this.ruleOfMessage(verdicts, row);
      drop = verdicts.rules.isBlock(rule);
      if (drop && words[w + F.RULE] === 0) words[w + F.RULE] = rule + 1;
    } else {
      if (this.labels.changed) verdicts.labelled(row);
      drop = (words[w + F.FLAGS]! & F.FLOW_BLOCKED) !== 0;
    }
    this.columns.dropped[i] = drop ? 1 : 0;
    if (!drop) return;
    words[w + F.DROPPED_PACKETS]!++;
    doubles[(w + F.DROPPED_BYTES) >> 1]! += wireLen;
  }

  /** The rule for a packet of a DNS connection: its own, and those for the names that the message asks for. */
  private ruleOfMessage(verdicts: Verdicts, row: number): number {
    const own = verdicts.rules.combine(verdicts.ruleOfStart(row), this.messageRule);
    return this.labels.lastName === 0 ? own : verdicts.ofQuestion(own, this.labels.lastName);
  }

  private inspect(batch: PacketBatch, i: number, row: number): void {
    const { columns } = this;
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const flags = words[w + F.FLAGS]!;
    if ((flags & F.FLOW_INSPECTED) !== 0 || columns.payloadWireLen[i] === 0) return;
    const proto = columns.proto[i]! & 255;
    let done = true;
    this.context.tsMicros = batch.tsMicros[i]!;
    this.context.packetNumber = batch.firstNumber + i;
    if (proto === TCP) done = this.inspectSegment(batch.firstNumber + i, i, row);
    else if (proto === UDP) done = this.inspectDatagram(batch, i, row, w);
    const snapped = columns.payloadWireLen[i]! > columns.payloadEnd[i]! - columns.payloadStart[i]!;
    if (snapped && words[w + F.NAME] === 0) words[w + F.FLAGS] = words[w + F.FLAGS]! | F.FLOW_SNAPPED;
    if (done) this.settled(row, w, proto);
  }

  private begun(batch: PacketBatch, i: number, row: number): void {
    const proto = this.columns.proto[i]! & 255;
    if (proto === TCP || proto === UDP) this.labels.recall(row, batch.tsMicros[i]!);
    else this.labels.spoken(row << F.ROW_SHIFT, proto);
    this.verdicts?.begun(row);
  }

  private inspectSegment(packetNumber: number, i: number, row: number): boolean {
    const { columns } = this;
    // The SYN takes up one sequence number before its data (RFC 7413).
    const seq = (columns.tcpFlags[i]! & TCP_SYN) !== 0 ? (columns.tcpSeq[i]! + 1) | 0 : columns.tcpSeq[i]!;
    return this.streams.segment(
      row,
      columns.fromB[i] as 0 | 1,
      seq,
      columns.buffers[columns.bufIndex[i]!]!,
      columns.payloadStart[i]!,
      columns.payloadEnd[i]!,
      columns.payloadWireLen[i]!,
      packetNumber,
    );
  }

  private inspectDatagram(batch: PacketBatch, i: number, row: number, w: number): boolean {
    const { columns } = this;
    const { words } = this.flows;
    const start = columns.payloadStart[i]!;
    const end = columns.payloadEnd[i]!;
    if (start >= end) return false;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const inspected = words[w + F.INSPECTED]!;
    const seen = Math.min((inspected & 0xffff) + 1, 0xffff);
    const sender = columns.fromB[i] as 0 | 1;
    this.labels.lastName = 0;
    const chosen = this.datagrams.datagram(
      row,
      sender,
      buf,
      start,
      end,
      seen,
      (inspected >>> 16) - 1,
      batch.firstNumber + i,
    );
    words[w + F.INSPECTED] = ((chosen + 1) << 16) | seen;
    if (chosen === this.dnsIndex && this.labels.lastName !== 0) {
      if (this.flows.directionOf(row, sender) === 1) this.learn(row, buf, start, end, batch.tsMicros[i]!);
      this.furtherQuestions(row, buf, start, end);
    }
    return this.datagrams.done;
  }

  /** Takes the addresses of a DNS answer into the cache. */
  private learn(row: number, buf: Buffer, start: number, end: number, now: number): void {
    const { dnsAnswers, labels } = this;
    const count = readAnswers(buf, start, end, dnsAnswers);
    const name = labels.lastName;
    for (let n = 0; n < count; n++) {
      labels.learnAnswer(row, buf, dnsAnswers.addressStart[n]!, dnsAnswers.family[n]!, dnsAnswers.ttl[n]!, name, now);
    }
  }

  /** A message may ask for several names, as mDNS queries do. */
  private furtherQuestions(row: number, buf: Buffer, start: number, end: number): void {
    const { finding } = this;
    for (let index = 1; questionName(buf, start, end, index, finding); index++) {
      if (finding.nameStart < 0) continue;
      const name = this.labels.alsoNamed(row, finding.nameBuf!, finding.nameStart, finding.nameEnd);
      if (this.verdicts !== null && name !== 0) this.messageRule = this.verdicts.ofQuestion(this.messageRule, name);
    }
  }

  /** Inspection of a connection is over: frees what it held. */
  private settled(row: number, w: number, proto: number): void {
    const { words } = this.flows;
    words[w + F.FLAGS] = words[w + F.FLAGS]! | F.FLOW_INSPECTED;
    if (this.verdicts !== null) this.labels.settle(row);
    if (proto === UDP) this.datagrams.end(row, true, 0);
    else this.streams.end(row, true);
  }

  /** What the end of a connection showed may block it yet; a DNS connection counts as blocked by its dropped messages. */
  private lastVerdict(verdicts: Verdicts, row: number): void {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    if (words[w + F.DROPPED_PACKETS] !== 0) words[w + F.FLAGS] = words[w + F.FLAGS]! | F.FLOW_BLOCKED;
    else if (this.labels.changed && detectedBy(words[w + F.EVIDENCE]!) !== 'dns') verdicts.labelled(row);
  }

  private ended(row: number): void {
    const { words, doubles } = this.flows;
    const w = row << F.ROW_SHIFT;
    const proto = words[w + F.PROTO]! & 255;
    if (proto === TCP) this.streams.end(row, false);
    else if (proto === UDP && (words[w + F.FLAGS]! & F.FLOW_INSPECTED) === 0) this.datagrams.end(row, false, 0);
    this.labels.changed = false;
    this.labels.settle(row);
    if (this.verdicts !== null) this.lastVerdict(this.verdicts, row);
    this.report.add(row);
    const bytes = doubles[(w + F.BYTES_OUT) >> 1]! + doubles[(w + F.BYTES_IN) >> 1]!;
    const isLarge = this.largest.accepts(bytes);
    if (isLarge || this.onConnection !== undefined) {
      const record = this.reader.read(row);
      if (isLarge) this.largest.add(record);
      this.onConnection?.(record);
    }
    if ((words[w + F.FLAGS]! & F.FLOW_MORE_NAMES) !== 0) this.labels.moreNames.delete(row);
  }
}
