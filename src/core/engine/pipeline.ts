import type { PacketBatch } from '../capture/packet-batch.js';
import { TCP } from '../common/ip-protocols.js';
import { FLOW_INSPECTED, FLOW_PAYLOADS } from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import { FlowStage } from '../flow/flow-stage.js';
import { NO_FLOW, PASSED } from '../flow/packet-columns.js';
import { impliedSeq } from '../flow/tcp-state.js';
import type { PacketJudge } from '../policy/packet-judge.js';
import type { RuleSet } from '../policy/rule-set.js';
import { DEFAULT_LIMITS, type EventFeed, type PipelineObserver, type PipelineOptions } from './options.js';
import { Recognition } from './recognition.js';

/** A connection whose events carry no payload: after so many of them none is waited for. */
const BARE_EVENTS = 8;

export { DEFAULT_LIMITS, type Limits, type PipelineOptions } from './options.js';

/**
 * The whole analysis of a capture in one thread, one batch at a time: decode, flow, inspect, classify, report. Pure:
 * bytes come in through `run`, connections go out through `onConnection`.
 */
export class Pipeline extends FlowStage {
  readonly recognition: Recognition;
  /** ID of the connection that began last, modulo 2^32. */
  newestId = 0;
  private readonly onLabel: ((row: number) => void) | null;
  private readonly onQuote: PipelineOptions['onQuote'];
  private readonly tellConnections: boolean;
  private readonly observer: PipelineObserver | null;
  private readonly events: EventFeed | null;
  /** Somebody beside the judge wants to know of single packets: what became of them, or what they showed. */
  private readonly isWatched: boolean;

  constructor(options: PipelineOptions) {
    const { limits = DEFAULT_LIMITS, observer = null, timeouts, seed } = options;
    super({ limits, timeouts, seed });
    this.observer = observer;
    observer?.attach(this.flows, this.addresses);
    this.recognition = new Recognition(options, this.flows, this.addresses, this.columns);
    this.events = options.events ?? null;
    this.onLabel = options.onLabel ?? null;
    this.onQuote = options.onQuote;
    this.tellConnections = options.tellConnections ?? false;
    const isTold = this.events !== null || this.onLabel !== null || this.onQuote !== undefined || this.tellConnections;
    this.isWatched = observer !== null || isTold;
  }

  /** Puts other rules in force from the next batch on, for connections in progress too. Only with `rulesMayChange`. */
  replaceRules(rules: RuleSet): void {
    const { judge } = this.recognition;
    if (judge === null) throw new Error('the pipeline was made without rulesMayChange');
    judge.replaceRules(rules);
  }

  protected resolved(batch: PacketBatch, from: number, to: number): void {
    const { judge } = this.recognition;
    if (this.isWatched) for (let i = from; i < to; i++) this.packet(batch, i);
    else if (judge !== null) for (let i = from; i < to; i++) this.judgedOnly(batch, i, judge);
    else for (let i = from; i < to; i++) this.unwatched(batch, i);
  }

  protected ended(row: number): void {
    this.recognition.ended(row);
  }

  protected swept(): void {
    this.recognition.makeRoom();
  }

  /** What `packet` does where nobody wants to know of single packets: most need no more than to be counted. */
  private unwatched(batch: PacketBatch, i: number): void {
    const { columns } = this;
    const row = columns.flow[i]!;
    if (row === NO_FLOW) return;
    if (columns.starts[i] !== 0) this.begun(i, row);
    if (columns.payloadWireLen[i] !== 0) this.recognition.inspect(batch, i, row);
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
    if (columns.payloadWireLen[i] !== 0) this.recognition.inspect(batch, i, row);
    judge.packet(batch, i, row);
  }

  private packet(batch: PacketBatch, i: number): void {
    const { columns } = this;
    const { judge } = this.recognition;
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
      this.recognition.inspect(batch, i, row);
      columns.dropped[i] = PASSED;
    } else {
      judge.reset();
      this.recognition.inspect(batch, i, row);
      judge.packet(batch, i, row);
    }
    if (columns.quotedStart[i]! >= 0) this.onQuote?.(batch, i);
    if (this.tellConnections) columns.connection[i] = this.flows.words[(row << F.ROW_SHIFT) + F.ID]!;
  }

  /** Inspects and judges a packet for somebody who wants to hear of new names and apps. */
  private judged(batch: PacketBatch, i: number, row: number, onLabel: (row: number) => void): void {
    const { columns } = this;
    const { judge } = this.recognition;
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const name = words[w + F.NAME];
    const app = words[w + F.APP]! & 0xffff;
    judge?.reset();
    this.recognition.inspect(batch, i, row);
    columns.dropped[i] = PASSED;
    judge?.packet(batch, i, row);
    if (words[w + F.NAME] !== name || (words[w + F.APP]! & 0xffff) !== app) onLabel(row);
  }

  /** An event: as a packet, but with a name from outside and without what a TCP header tells. */
  private event(events: EventFeed, batch: PacketBatch, i: number, row: number): void {
    const { columns } = this;
    const { judge } = this.recognition;
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const proto = columns.proto[i]! & 255;
    if (proto === TCP) columns.tcpSeq[i] = impliedSeq(words, w, columns.fromB[i]!, columns.payloadWireLen[i]!);
    judge?.reset();
    this.recognition.inspect(batch, i, row);
    if (events.nameStart[i]! >= 0) {
      this.recognition.labels.told(row, batch.buf, events.nameStart[i]!, events.nameEnd[i]!, batch.firstNumber + i);
    } else if ((words[w + F.FLAGS]! & (FLOW_INSPECTED | FLOW_PAYLOADS)) === 0) {
      if (words[w + F.PACKETS_A]! + words[w + F.PACKETS_B]! >= BARE_EVENTS)
        this.recognition.inspection.settled(row, w, proto);
    }
    if (judge === null) columns.dropped[i] = PASSED;
    else judge.packet(batch, i, row);
    events.decided(i, row);
  }

  private begun(i: number, row: number): void {
    this.recognition.begun(row, this.columns.proto[i]! & 255);
    this.newestId = this.flows.words[(row << F.ROW_SHIFT) + F.ID]!;
  }
}
