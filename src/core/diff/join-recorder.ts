import type { PacketBatch } from '../capture/packet-batch.js';
import { TCP } from '../common/ip-protocols.js';
import type { PipelineObserver } from '../engine/options.js';
import type { FlowTable } from '../flow/flow-table.js';
import { NO_FLOW, type PacketColumns } from '../flow/packet-columns.js';
import { TCP_RST, TCP_SYN } from '../flow/tcp-state.js';
import type { FindingListener } from '../inspect/finding-listener.js';
import type { Inspector } from '../inspect/inspector.js';
import type { ConnectionRecord } from '../report/model.js';

/** Segments kept of each direction. */
const MAX_SEGMENTS = 512;
/** Payload lengths that are compared where there are no sequence numbers. */
const MAX_LENGTHS = 8;
/** Connections whose packets are kept; others are not joined. */
const MAX_TRACES = 1 << 18;

/** What one end of a connection sent. */
export interface SideTrace {
  /** Initial sequence number, unsigned; null without a SYN, and for other protocols. */
  isn: number | null;
  /** Time of the first segment at each place of the stream, by its offset from the ISN (or its sequence number). */
  readonly times: Map<number, number>;
  /** Half-open spans of the stream, start and end in turn, in the order of capture. */
  readonly spans: number[];
  /** More segments came than are kept. */
  isCut: boolean;
  resets: number;
  packets: number;
  /** Of the first payloads. */
  readonly lengths: number[];
}

/** A connection with what tells it apart at another point of its path. */
export interface JoinTrace {
  /** The record once it has ended. */
  record: ConnectionRecord | null;
  client: SideTrace;
  server: SideTrace;
}

/** Keeps of each connection what does not depend on addresses: sequence numbers, lengths and times. */
export class JoinRecorder implements PipelineObserver {
  readonly traces: JoinTrace[] = [];
  /** Connections that were not kept. */
  refused = 0;
  private readonly open = new Map<number, [SideTrace, SideTrace]>();
  private flows: FlowTable | null = null;

  attach(flows: FlowTable): void {
    this.flows = flows;
  }

  inspector(one: Inspector): Inspector {
    return one;
  }

  listener(one: FindingListener): FindingListener {
    return one;
  }

  packet(batch: PacketBatch, columns: PacketColumns, i: number, row: number): void {
    if (row === NO_FLOW) return;
    const id = this.flows!.idOf(row);
    let sides = this.open.get(id);
    if (sides === undefined) {
      if (this.open.size >= MAX_TRACES) return;
      sides = [newSide(), newSide()];
      this.open.set(id, sides);
    }
    const isFromClient = columns.fromB[i] === this.flows!.initiatorOf(row);
    const side = sides[isFromClient ? 0 : 1]!;
    side.packets++;
    const len = columns.payloadWireLen[i]!;
    if (len > 0 && side.lengths.length < MAX_LENGTHS) side.lengths.push(len);
    if ((columns.proto[i]! & 255) === TCP) segment(side, columns, i, batch.tsMicros[i]!);
    else if (side.times.size < MAX_SEGMENTS) side.times.set(side.times.size, batch.tsMicros[i]!);
  }

  /** The connection has ended. */
  ended(record: ConnectionRecord): void {
    const sides = this.open.get(record.id);
    this.open.delete(record.id);
    if (sides === undefined || this.traces.length >= MAX_TRACES) {
      this.refused++;
      return;
    }
    this.traces.push({ record, client: sides[0], server: sides[1] });
  }
}

function newSide(): SideTrace {
  return { isn: null, times: new Map(), spans: [], isCut: false, resets: 0, packets: 0, lengths: [] };
}

function segment(side: SideTrace, columns: PacketColumns, i: number, micros: number): void {
  const flags = columns.tcpFlags[i]!;
  const seq = columns.tcpSeq[i]! >>> 0;
  const len = columns.payloadWireLen[i]!;
  if ((flags & TCP_RST) !== 0) side.resets++;
  if ((flags & TCP_SYN) !== 0) side.isn ??= seq;
  else if (len === 0) return;
  if (side.times.size >= MAX_SEGMENTS) {
    side.isCut = true;
    return;
  }
  // Offsets from the ISN stay the same where a firewall puts another one in its place.
  const offset = (seq - (side.isn ?? 0)) >>> 0;
  if (!side.times.has(offset)) side.times.set(offset, micros);
  if (len > 0) side.spans.push(offset, offset + len);
}
