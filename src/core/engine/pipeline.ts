import type { PacketBatch } from '../capture/packet-batch.js';
import { TCP } from '../common/ip-protocols.js';
import { FlowStage } from '../flow/flow-stage.js';
import { DEFAULT_TIMEOUTS } from '../flow/flow-timeouts.js';
import { NO_FLOW, PASSED } from '../flow/packet-columns.js';
import { impliedSeq, TCP_SYN } from '../flow/tcp-state.js';
import type { RuleSet } from '../policy/rule-set.js';
import { DEFAULT_LIMITS, type EventFeed, type PipelineObserver, type PipelineOptions } from './options.js';
import { Recognition } from './recognition.js';

export { DEFAULT_LIMITS, type Limits, type PipelineOptions } from './options.js';

/**
 * The whole analysis of a capture in one thread, one batch at a time: decode, flow, inspect, classify, report. Pure:
 * bytes come in through `run`, connections go out through `onConnection`.
 */
export class Pipeline extends FlowStage {
  readonly recognition: Recognition;
  /** ID of the connection that began last, modulo 2^32. */
  newestId = 0;
  /** Evictions so far, and the time of the last. */
  private evictions = 0;
  private evictionMicros = 0;
  private readonly onLabel: ((row: number) => void) | null;
  private readonly onQuote: PipelineOptions['onQuote'];
  private readonly tellConnections: boolean;
  private readonly observer: PipelineObserver | null;
  private readonly events: EventFeed | null;

  constructor(options: PipelineOptions) {
    const { limits = DEFAULT_LIMITS, observer = null, timeouts, seed, ignoreVlan } = options;
    super({ limits, timeouts, seed, ignoreVlan });
    this.observer = observer;
    observer?.attach(this.flows, this.addresses);
    this.recognition = new Recognition(options, this.flows, this, this.columns);
    const timeline = this.recognition.facts?.timeline ?? null;
    if (timeline !== null) this.flows.watchSpan(timeline);
    this.events = options.events ?? null;
    this.onLabel = options.onLabel ?? null;
    this.onQuote = options.onQuote;
    this.tellConnections = options.tellConnections ?? false;
  }

  /** Puts other rules in force from the next batch on, for connections in progress too. Only with `rulesMayChange`. */
  replaceRules(rules: RuleSet): void {
    const { judge } = this.recognition;
    if (judge === null) throw new Error('the pipeline was made without rulesMayChange');
    judge.replaceRules(rules);
  }

  protected resolved(batch: PacketBatch, from: number, to: number): void {
    const { columns, observer } = this;
    const { selected } = this.recognition;
    if (selected !== null && Number.isNaN(selected.beginMicros)) selected.beginMicros = batch.tsMicros[from]!;
    this.recognition.facts?.expect(from, to);
    for (let i = from; i < to; i++) {
      const row = columns.flow[i]!;
      if (observer !== null) observer.packet(batch, columns, i, row);
      if (row === NO_FLOW) this.loosePacket(batch, i);
      else this.packet(batch, i, row);
    }
  }

  protected ended(row: number): void {
    this.recognition.ended(row);
  }

  protected swept(): void {
    this.recognition.makeRoom();
  }

  /** A packet in no connection. */
  private loosePacket(batch: PacketBatch, i: number): void {
    const { columns } = this;
    columns.dropped[i] = PASSED;
    if (this.tellConnections) columns.connection[i] = 0;
    this.recognition.takeLoose(batch, i);
  }

  private packet(batch: PacketBatch, i: number, row: number): void {
    const { columns, events, onLabel } = this;
    if (columns.starts[i] !== 0) {
      this.recognition.begun(row, columns.proto[i]! & 255, batch.tsMicros[i]!);
      this.newestId = this.flows.idOf(row);
      if (this.flows.evicted !== 0 && this.events === null) this.restOfEvicted(batch, i, row);
    }
    if (events !== null) this.event(events, batch, i, row);
    else if (onLabel !== null) this.tellLabel(onLabel, batch, i, row);
    else this.recognition.take(batch, i, row);
    if (this.onQuote !== undefined && columns.quotedStart[i]! >= 0) this.onQuote(batch, i);
    if (this.tellConnections) columns.connection[i] = this.flows.idOf(row);
  }

  /** Soon after an eviction, a TCP connection without a SYN may be the rest of one whose beginning was forgotten. */
  private restOfEvicted(batch: PacketBatch, i: number, row: number): void {
    const { columns, flows } = this;
    const nowMicros = batch.tsMicros[i]!;
    if (flows.evicted !== this.evictions) {
      this.evictions = flows.evicted;
      this.evictionMicros = nowMicros;
    }
    if ((columns.proto[i]! & 255) !== TCP || (columns.tcpFlags[i]! & TCP_SYN) !== 0) return;
    const isSoon = nowMicros - this.evictionMicros < DEFAULT_TIMEOUTS.tcpEstablishedMicros;
    if (isSoon) this.recognition.inspection.uninspected.add(row);
  }

  /** Takes a packet, and says when it has given its connection a new name or app. */
  private tellLabel(onLabel: (row: number) => void, batch: PacketBatch, i: number, row: number): void {
    const { flows } = this;
    const name = flows.nameOf(row);
    const app = flows.appOf(row);
    this.recognition.take(batch, i, row);
    if (flows.nameOf(row) !== name || flows.appOf(row) !== app) onLabel(row);
  }

  /** Takes an event: a packet with a name from outside, and without what a TCP header tells. */
  private event(events: EventFeed, batch: PacketBatch, i: number, row: number): void {
    const { columns } = this;
    if ((columns.proto[i]! & 255) === TCP) {
      columns.tcpSeq[i] = impliedSeq(this.flows, row, columns.fromB[i]!, columns.payloadWireLen[i]!);
    }
    this.recognition.takeEvent(batch, i, row, events.nameStart[i]!, events.nameEnd[i]!);
    events.decided(i, row);
  }
}
