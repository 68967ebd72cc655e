import type { PacketBatch } from '../capture/packet-batch.js';
import type { AppTable } from '../classify/app-table.js';
import { u16 } from '../common/bytes.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import { Pipeline, type PipelineOptions } from '../engine/pipeline.js';
import { IPV6_BIT, NO_FLOW, type PacketColumns } from '../flow/packet-columns.js';
import { ALL_FACTS } from '../report/all-facts.js';
import type { ConnectionRecord } from '../report/model.js';
import { keptAlert } from './alert-records.js';
import { isSegmentWrong } from './checksums.js';
import { ConnectionPackets } from './connection-packets.js';
import type { ScrubbedPlace } from './frame-rewriter.js';
import { LabelOracle } from './label-oracle.js';
import { ConnectionPlanner, type PlanOutcome } from './plan-connection.js';
import type { Replacements } from './replacements.js';
import { loneDatagram } from './structured-payloads.js';

/** Where the payload of a reassembled IP datagram begins in its buffer (FragmentTable). */
const DATAGRAM_AT = 60;
const IPV4_LEN = 20;
const IPV6_LEN = 40;
/** Bytes of payload kept of connections in progress; more is treated as payload behind their first packets. */
const MAX_HELD = 256 << 20;
const URGENT_POINTER = 18;

/** Bytes of a packet's frame that stay without being understood: from `start` on, those with a 1 in `mask`. */
export interface VerbatimBytes {
  readonly start: number;
  /** Null: all from `start` on. */
  readonly mask: Uint8Array | null;
}

/** Where a planned payload comes from. */
interface PlannedBy {
  readonly connection: number;
  readonly outcome: PlanOutcome;
}

/** What the second pass does with payloads. */
export class PayloadPlans {
  /** By packet number: what its payload begins with; zeros or nothing follow. */
  readonly payloads = new Map<number, Buffer>();
  /** By packet number: the reassembled datagram that it is a fragment of. */
  readonly groups = new Map<number, number>();
  /** By reassembled datagram: it as one IP packet, and the number of the packet that completed it. */
  readonly datagrams = new Map<number, { readonly packet: Buffer; readonly number: number }>();
  readonly outcomes: Record<PlanOutcome, number> = { headers: 0, rewritten: 0, minimised: 0, nameless: 0, lost: 0 };
  /** Connections whose label did not survive, by id. */
  readonly reduced = new Set<number>();
  /** By packet number. The study doesn't know yet where in the frame a payload begins: it says 0. */
  readonly verbatim = new Map<number, VerbatimBytes>();
  verbatimBytes = 0;
  /** By packet number: places in its frame that become zeros. */
  readonly scrubbed = new Map<number, ScrubbedPlace[]>();
  /** By packet number. */
  private readonly plannedBy = new Map<number, PlannedBy>();

  /** The payload of packet `number`, and whose plan that is. */
  plan(number: number, payload: Buffer, by: PlannedBy): void {
    this.payloads.set(number, payload);
    this.plannedBy.set(number, by);
  }

  /** A search found something old in packet `number`, which becomes zeros: the label of its connection may be lost. */
  scrub(number: number, place: ScrubbedPlace): void {
    const places = this.scrubbed.get(number);
    if (places === undefined) this.scrubbed.set(number, [place]);
    else places.push(place);
    const by = this.plannedBy.get(number);
    if (by === undefined || this.reduced.has(by.connection)) return;
    this.reduced.add(by.connection);
    this.outcomes[by.outcome]--;
    this.outcomes.nameless++;
  }
}

/** The first pass: analyzes the capture, and plans what stays of each payload. */
export class Study {
  readonly pipeline: Pipeline;
  readonly records: ConnectionRecord[] = [];
  readonly plans = new PayloadPlans();
  readonly oracle: LabelOracle;
  private readonly open = new Map<number, ConnectionPackets>();
  private ended: ConnectionRecord[] = [];
  /** Payload of connections in progress. */
  private heldBytes = 0;
  private readonly planner: ConnectionPlanner;

  /** `apps` is that of the comparison: names mean nothing in the copy. */
  constructor(
    apps: AppTable,
    private readonly maps: Replacements,
    options: Pick<PipelineOptions, 'limits' | 'seed' | 'ignoreVlan'>,
  ) {
    this.oracle = new LabelOracle(apps);
    this.planner = new ConnectionPlanner(this.oracle, maps);
    this.pipeline = new Pipeline({
      ...options,
      apps,
      top: 0,
      facts: ALL_FACTS,
      handshakes: true,
      tellConnections: true,
      onConnection: (record) => {
        this.records.push(record);
        this.ended.push(record);
      },
    });
  }

  get packets(): number {
    return this.pipeline.packets;
  }

  get bytes(): number {
    return this.pipeline.bytes;
  }

  run(batch: PacketBatch): void {
    const { pipeline } = this;
    pipeline.run(batch);
    const { columns } = pipeline;
    for (let i = 0; i < batch.count; i++) {
      const number = batch.firstNumber + i;
      const group = columns.fragmentGroup[i]!;
      if (group !== 0) this.noteFragment(columns, i, number, group);
      if (columns.flow[i] !== NO_FLOW) this.collect(batch, columns, i, number);
    }
    // Not before: packets of this batch may belong to connections that ended in it.
    this.planEnded();
  }

  /** Call after each step in which connections end without packets. */
  planEnded(): void {
    for (const record of this.ended) {
      const connection = this.open.get(record.id % 2 ** 32);
      this.open.delete(record.id % 2 ** 32);
      if (connection === undefined) continue;
      this.heldBytes -= connection.bytes;
      this.plan(connection, record);
    }
    this.ended = [];
  }

  private plan(connection: ConnectionPackets, record: ConnectionRecord): void {
    const { plans } = this;
    const { outcome, payloads, verbatim } = this.planner.plan(connection, record);
    plans.outcomes[outcome]++;
    if (outcome === 'nameless' || outcome === 'lost') plans.reduced.add(record.id);
    for (const [i, { number }] of connection.packets.entries()) {
      const payload = payloads[i] ?? null;
      if (payload === null || payload.length === 0) continue;
      plans.plan(number, payload, { connection: record.id, outcome });
      const mask = verbatim[i] ?? null;
      if (mask === null) continue;
      plans.verbatim.set(number, { start: 0, mask });
      plans.verbatimBytes += mask.reduce((ones, one) => ones + one, 0);
    }
  }

  private collect(batch: PacketBatch, columns: PacketColumns, i: number, number: number): void {
    const protocol = columns.proto[i]! & 255;
    if (protocol !== TCP && protocol !== UDP) return;
    const id = columns.connection[i]!;
    let connection = this.open.get(id);
    if (connection === undefined) {
      connection = new ConnectionPackets(
        protocol,
        this.addressOf(columns, i, columns.addrA[i]!),
        this.addressOf(columns, i, columns.addrB[i]!),
        columns.ports[i]! >>> 16,
        columns.ports[i]! & 0xffff,
      );
      this.open.set(id, connection);
    }
    const start = columns.payloadStart[i]!;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const payload = buf.subarray(start, Math.max(start, columns.payloadEnd[i]!));
    const tcpStart = columns.tcpStart[i]!;
    if (connection.isFull || this.heldBytes >= MAX_HELD) {
      this.passLate(connection, payload, number);
      return;
    }
    this.heldBytes += payload.length;
    connection.add({
      number,
      fromB: columns.fromB[i] === 1,
      tsMicros: batch.tsMicros[i]!,
      flags: columns.tcpFlags[i]!,
      seq: columns.tcpSeq[i]!,
      ack: columns.tcpAck[i]!,
      urgentPointer: tcpStart === 0 ? 0 : u16(buf, tcpStart + URGENT_POINTER),
      payload: Buffer.from(payload),
      wireLen: columns.payloadWireLen[i]!,
      keepsLength: this.isDamaged(columns, i, connection, payload.length),
    });
  }

  /** A TCP segment with payload and a wrong checksum. */
  private isDamaged(columns: PacketColumns, i: number, connection: ConnectionPackets, payloadLen: number): boolean {
    const start = columns.tcpStart[i]!;
    if (start === 0 || payloadLen === 0 || payloadLen !== columns.payloadWireLen[i]) return false;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    return isSegmentWrong(buf, start, columns.payloadEnd[i]!, [connection.addressA, connection.addressB]);
  }

  /** A packet behind those that are looked at together. */
  private passLate(connection: ConnectionPackets, payload: Buffer, number: number): void {
    const { payloads } = this.plans;
    if (connection.protocol === UDP) {
      const rewritten = loneDatagram(payload, connection, this.maps);
      if (rewritten !== null) payloads.set(number, rewritten);
    } else {
      const kept = keptAlert(payload);
      if (kept !== null) payloads.set(number, kept);
    }
  }

  private addressOf(columns: PacketColumns, i: number, word: number): Buffer {
    if ((columns.proto[i]! & IPV6_BIT) === 0) {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(word);
      return bytes;
    }
    const bytes = Buffer.alloc(16);
    for (let n = 0; n < 4; n++) bytes.writeInt32BE(this.pipeline.addresses.word(word, n), n * 4);
    return bytes;
  }

  /** Keeps a datagram that fragments completed as one IP packet without fragmentation. */
  private noteFragment(columns: PacketColumns, i: number, number: number, group: number): void {
    const { groups, datagrams } = this.plans;
    groups.set(number, group);
    // A first fragment that stands for its datagram is planned like other packets.
    if (columns.flow[i] === NO_FLOW || columns.bufIndex[i] === 0 || datagrams.has(group)) return;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const isIpv6 = (columns.proto[i]! & IPV6_BIT) !== 0;
    const headerLen = isIpv6 ? IPV6_LEN : IPV4_LEN;
    const version = buf[DATAGRAM_AT - headerLen]! >> 4;
    // With options in front the header is longer; such datagrams lose their payload.
    if (version !== (isIpv6 ? 6 : 4)) return;
    const packet = Buffer.from(buf.subarray(DATAGRAM_AT - headerLen, columns.payloadEnd[i]!));
    if (isIpv6) {
      packet.writeUInt16BE(packet.length - IPV6_LEN, 4);
      packet[6] = columns.proto[i]! & 255;
    } else {
      packet.writeUInt16BE(packet.length, 2);
      packet.writeUInt16BE(0, 6);
    }
    datagrams.set(group, { packet, number });
  }
}
