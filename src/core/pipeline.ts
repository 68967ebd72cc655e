import type { PacketBatch } from './capture/packet-batch.js';
import { ClientAnswers } from './classify/client-answers.js';
import { DnsAnswerCache } from './classify/dns-answer-cache.js';
import { Handshakes } from './classify/handshakes.js';
import { Labels } from './classify/labels.js';
import { NameRoom } from './classify/name-room.js';
import { RowAddresses } from './classify/row-addresses.js';
import { AddressTable } from './flow/address-table.js';
import { DecodeStage } from './flow/decode-stage.js';
import * as F from './flow/flow-row.js';
import { FlowTable } from './flow/flow-table.js';
import { DEFAULT_TIMEOUTS } from './flow/flow-timeouts.js';
import { NO_FLOW, PASSED, PacketColumns } from './flow/packet-columns.js';
import { impliedSeq } from './flow/tcp-state.js';
import { NameTable } from './inspect/name-table.js';
import { FragmentTable } from './layers/fragments.js';
import { PacketView } from './layers/packet-view.js';
import { PacketInspection } from './packet-inspection.js';
import {
  DEFAULT_LIMITS,
  type EventFeed,
  type Limits,
  type PipelineObserver,
  type PipelineOptions,
} from './pipeline-options.js';
import { PacketJudge } from './policy/packet-judge.js';
import { NO_RULES, type RuleSet } from './policy/rule-set.js';
import { Verdicts } from './policy/verdicts.js';
import { ConnectionReader } from './report/connection-reader.js';
import { EndedRecords } from './report/ended-records.js';
import { LargestConnections } from './report/largest.js';
import { ReportBuilder } from './report/report-builder.js';

const TCP = 6;
const UDP = 17;
const EMPTY = Buffer.alloc(0);
/** A connection whose events carry no payload: after so many of them none is waited for. */
const BARE_EVENTS = 8;

export { DEFAULT_LIMITS, type Limits, type PipelineOptions } from './pipeline-options.js';

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
  readonly answers: DnsAnswerCache;
  readonly fragments: FragmentTable;
  /** Those that the run keeps to. */
  readonly limits: Limits;
  readonly inspection: PacketInspection;
  /** ID of the connection that began last, modulo 2^32. */
  newestId = 0;
  packets = 0;
  bytes = 0;
  firstMicros = Infinity;
  lastMicros = -Infinity;

  /** The batch that `run` saw last, as it left the stages. */
  readonly columns = new PacketColumns();
  private readonly clients: ClientAnswers;
  readonly addresses: AddressTable;
  /** Makes the record of a row. */
  readonly reader: ConnectionReader;
  private readonly nameRoom: NameRoom;
  private readonly records: EndedRecords;
  /** Null without rules; so is the judge. */
  readonly verdicts: Verdicts | null;
  readonly judge: PacketJudge | null;
  private readonly onLabel: ((row: number) => void) | null;
  private readonly onQuote: PipelineOptions['onQuote'];
  private readonly tellConnections: boolean;
  private readonly observer: PipelineObserver | null;
  private readonly events: EventFeed | null;
  /** Somebody beside the judge wants to know of single packets: what became of them, or what they showed. */
  private readonly isWatched: boolean;

  constructor(options: PipelineOptions) {
    const { apps, seed } = options;
    const limits = options.limits ?? DEFAULT_LIMITS;
    this.limits = limits;
    this.fragments = new FragmentTable(limits.maxFragmentLen);
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
    const rowAddresses = new RowAddresses(this.flows, this.addresses, seed);
    this.clients = new ClientAnswers(this.flows, rowAddresses, this.answers);
    this.labels = new Labels(this.flows, rowAddresses, this.names, apps);
    this.nameRoom = new NameRoom(this.flows, this.labels, this.answers, limits.maxNames);
    const { labels } = this;
    const observer = options.observer ?? null;
    this.observer = observer;
    observer?.attach(this.flows, this.addresses);
    if (options.handshakes) labels.handshakes = new Handshakes();
    const rules = options.rules ?? NO_RULES;
    this.events = options.events ?? null;
    const { rulesMayChange = false } = options;
    const isJudged = !rules.isEmpty || rulesMayChange;
    this.verdicts = isJudged ? new Verdicts(rules, this.flows, this.addresses, labels, apps, rulesMayChange) : null;
    this.judge =
      this.verdicts === null
        ? null
        : new PacketJudge(this.verdicts, this.flows, labels, this.columns, options.onVerdict, options.countPassed);
    this.onLabel = options.onLabel ?? null;
    // Somebody acts on labels before their connections end.
    const settlesEarly = this.verdicts !== null || this.onLabel !== null;
    this.inspection = new PacketInspection(
      this.flows,
      this.columns,
      labels,
      this.clients,
      limits,
      observer,
      settlesEarly,
    );
    this.onQuote = options.onQuote;
    this.tellConnections = options.tellConnections ?? false;
    const isTold = this.events !== null || this.onLabel !== null || this.onQuote !== undefined || this.tellConnections;
    this.isWatched = observer !== null || isTold;
    this.reader = new ConnectionReader(this.flows, this.addresses, labels, apps, this.verdicts);
    this.report = new ReportBuilder(this.flows, labels, apps);
    this.largest = new LargestConnections(options.top);
    this.records = new EndedRecords(this.flows, this.reader, this.largest, options.onConnection, options.reusesRecord);
  }

  /** Analyses the packets of a batch. */
  run(batch: PacketBatch): void {
    this.decode.run(batch, this.columns);
    this.runColumns(batch);
  }

  /** The same for packets that the caller has decoded into `columns`. */
  runColumns(batch: PacketBatch): void {
    const { columns } = this;
    this.tally(batch);
    for (let from = 0; from < columns.count; ) {
      const to = this.flows.resolve(columns, batch.tsMicros, batch.wireLen, from);
      if (this.isWatched) for (let i = from; i < to; i++) this.packet(batch, i);
      else if (this.judge !== null) for (let i = from; i < to; i++) this.judgedOnly(batch, i, this.judge);
      else for (let i = from; i < to; i++) this.unwatched(batch, i);
      if (this.flows.sweep(to - from) && this.nameRoom.make()) this.verdicts?.forgetNames();
      from = to;
    }
    this.flows.collect();
  }

  /**
   * Says that it is `nowMicros` by packet time though no packet came. Needed only where packets come as they happen: it
   * ends connections that are silent for too long, a sixteenth of them looked at in each call. Not between the packets of
   * a batch.
   */
  advance(nowMicros: number): void {
    this.flows.advance(nowMicros);
    this.flows.collect();
  }

  /** Puts other rules in force from the next batch on, for connections in progress too. Only with `rulesMayChange`. */
  replaceRules(rules: RuleSet): void {
    if (this.judge === null) throw new Error('the pipeline was made without rulesMayChange');
    this.judge.replaceRules(rules);
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

  /** What `packet` does where nobody wants to know of single packets: most need no more than to be counted. */
  private unwatched(batch: PacketBatch, i: number): void {
    const { columns } = this;
    const row = columns.flow[i]!;
    if (row === NO_FLOW) return;
    if (columns.starts[i] !== 0) this.begun(i, row);
    if (columns.payloadWireLen[i] !== 0) this.inspection.inspect(batch, i, row);
  }

  /** What `packet` does where nobody but the judge does. */
  private judgedOnly(batch: PacketBatch, i: number, judge: PacketJudge): void {
    const { columns } = this;
    const row = columns.flow[i]!;
    if (row === NO_FLOW) {
      columns.dropped[i] = PASSED;
      judge.loose(batch, i);
      return;
    }
    if (columns.starts[i] !== 0) this.begun(i, row);
    judge.reset();
    if (columns.payloadWireLen[i] !== 0) this.inspection.inspect(batch, i, row);
    judge.packet(batch, i, row);
  }

  private packet(batch: PacketBatch, i: number): void {
    const { columns, judge } = this;
    const row = columns.flow[i]!;
    this.observer?.packet(batch, columns, i, row);
    if (row === NO_FLOW) {
      columns.dropped[i] = PASSED;
      columns.connection[i] = 0;
      judge?.loose(batch, i);
      return;
    }
    if (columns.starts[i] !== 0) this.begun(i, row);
    if (this.events !== null) this.event(this.events, batch, i, row);
    else if (this.onLabel !== null) this.judged(batch, i, row, this.onLabel);
    else if (judge === null) {
      this.inspection.inspect(batch, i, row);
      columns.dropped[i] = PASSED;
    } else {
      judge.reset();
      this.inspection.inspect(batch, i, row);
      judge.packet(batch, i, row);
    }
    if (columns.quotedStart[i]! >= 0) this.onQuote?.(batch, i);
    if (this.tellConnections) columns.connection[i] = this.flows.words[(row << F.ROW_SHIFT) + F.ID]!;
  }

  /** Inspects and judges a packet for somebody who wants to hear of new names and apps. */
  private judged(batch: PacketBatch, i: number, row: number, onLabel: (row: number) => void): void {
    const { columns, judge } = this;
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const name = words[w + F.NAME];
    const app = words[w + F.APP]! & 0xffff;
    judge?.reset();
    this.inspection.inspect(batch, i, row);
    columns.dropped[i] = PASSED;
    judge?.packet(batch, i, row);
    if (words[w + F.NAME] !== name || (words[w + F.APP]! & 0xffff) !== app) onLabel(row);
  }

  /** An event: as a packet, but with a name from outside and without what a TCP header tells. */
  private event(events: EventFeed, batch: PacketBatch, i: number, row: number): void {
    const { columns, judge } = this;
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const proto = columns.proto[i]! & 255;
    if (proto === TCP) columns.tcpSeq[i] = impliedSeq(words, w, columns.fromB[i]!, columns.payloadWireLen[i]!);
    judge?.reset();
    this.inspection.inspect(batch, i, row);
    if (events.nameStart[i]! >= 0) {
      this.labels.told(row, batch.buf, events.nameStart[i]!, events.nameEnd[i]!, batch.firstNumber + i);
    } else if ((words[w + F.FLAGS]! & (F.FLOW_INSPECTED | F.FLOW_PAYLOADS)) === 0) {
      if (words[w + F.PACKETS_A]! + words[w + F.PACKETS_B]! >= BARE_EVENTS) this.inspection.settled(row, w, proto);
    }
    if (judge === null) columns.dropped[i] = PASSED;
    else judge.packet(batch, i, row);
    events.decided(i, row);
  }

  private begun(i: number, row: number): void {
    const proto = this.columns.proto[i]! & 255;
    if (proto === TCP || proto === UDP) this.clients.recall(row);
    else this.labels.spoken(row << F.ROW_SHIFT, proto);
    this.verdicts?.begun(row);
    this.newestId = this.flows.words[(row << F.ROW_SHIFT) + F.ID]!;
  }

  private ended(row: number): void {
    this.inspection.end(row);
    this.labels.settle(row);
    this.judge?.ended(row);
    this.report.add(row);
    this.records.ended(row);
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    if ((words[w + F.FLAGS]! & F.FLOW_MORE_NAMES) !== 0) this.labels.dropMoreNames(row);
    this.labels.handshakes?.delete(row);
  }
}
