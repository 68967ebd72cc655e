import type { PacketBatch } from '../capture/packet-batch.js';
import { u16 } from '../common/bytes.js';
import { hashWords } from '../common/half-sip-hash.js';
import { HashSlots } from '../common/hash-slots.js';
import { TCP } from '../common/ip-protocols.js';
import type { AddressWords } from '../flow/address-table.js';
import { FLOW_ASKED_DNS } from '../flow/flow-flags.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { HEADER_LEN, hasKnownOpcode, isResponse, questionCount, responseCode } from '../inspect/dns/dns-message.js';
import { type AddressWriter, DnsCounts, DnsServers, type DnsSummary } from './dns-servers.js';

const DNS_PORT = 53;
/** Length before each message over TCP (RFC 1035 §4.2.2). */
const LENGTH_LEN = 2;
/** Messages looked at in one segment. */
const MAX_MESSAGES = 16;
/** Queries that wait for their answers at a time; the oldest is given up. */
const MAX_WAITING = 1 << 13;
const MAX_LATENCY_MICROS = 0x7fffffff;

/** Counts DNS queries, their answers and how long these took, by server. */
export class DnsQuality {
  private readonly all = new DnsCounts();
  private readonly servers: DnsServers;
  /** The queries that wait, in a ring: place + 1 by the hash of connection and message id. */
  private readonly slots = new HashSlots();
  private readonly connections = new Int32Array(MAX_WAITING);
  private readonly ids = new Int32Array(MAX_WAITING);
  private readonly hashes = new Int32Array(MAX_WAITING);
  private readonly serverIndexes = new Int32Array(MAX_WAITING);
  private readonly timesMicros = new Float64Array(MAX_WAITING);
  private readonly isWaiting = new Uint8Array(MAX_WAITING);
  private place = 0;

  /** `matches` says whether answers are matched with their queries; else both are only counted. */
  constructor(
    private readonly flows: FlowRows,
    addresses: AddressWords,
    private readonly columns: PacketColumns,
    /** ProtocolNames id of DNS. */
    private readonly dns: number,
    private readonly seed: number,
    private readonly matches: boolean,
  ) {
    this.servers = new DnsServers(flows, addresses);
  }

  /** True for a packet with payload that may be DNS. */
  concerns(i: number, row: number): boolean {
    const ports = this.columns.ports[i]!;
    const isOnPort = ports >>> 16 === DNS_PORT || (ports & 0xffff) === DNS_PORT;
    return (isOnPort || this.flows.hasFlag(row, FLOW_ASKED_DNS)) && this.flows.protocolOf(row) === this.dns;
  }

  /** Takes packet `i`, for which `concerns` is true. */
  take(batch: PacketBatch, i: number, row: number): void {
    const { columns } = this;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const start = columns.payloadStart[i]!;
    const end = columns.payloadEnd[i]!;
    if ((columns.proto[i]! & 255) !== TCP) {
      if (end - start >= HEADER_LEN) this.message(buf, start, batch, i, row);
      return;
    }
    let at = start;
    for (let n = 0; n < MAX_MESSAGES && end - at >= LENGTH_LEN + HEADER_LEN; n++) {
      const messageStart = at + LENGTH_LEN;
      // A segment from the middle of a message begins with anything.
      if (u16(buf, at) < HEADER_LEN || !hasKnownOpcode(buf, messageStart)) return;
      if (questionCount(buf, messageStart) !== 1) return;
      this.message(buf, messageStart, batch, i, row);
      at = messageStart + u16(buf, at);
    }
  }

  report(writer: AddressWriter): DnsSummary {
    return { ...this.all.report(this.matches), servers: this.servers.report(writer) };
  }

  private message(buf: Buffer, start: number, batch: PacketBatch, i: number, row: number): void {
    if (!this.matches) {
      if (isResponse(buf, start)) this.all.rcodes[responseCode(buf, start)]!++;
      else this.all.queries++;
      return;
    }
    const id = u16(buf, start);
    const sender = this.columns.fromB[i] as Endpoint;
    const now = batch.tsMicros[i]!;
    const hash = hashWords(this.flows.idOf(row) | 0, id, 0, 0, this.seed);
    const slot = this.find(row, id, hash);
    if (!isResponse(buf, start)) {
      if (slot < 0) this.query(row, id, hash, (1 - sender) as Endpoint, now);
      return;
    }
    const rcode = responseCode(buf, start);
    this.all.rcodes[rcode]!++;
    if (slot < 0) {
      this.servers.countsOf(this.servers.indexOf(row, sender)).rcodes[rcode]!++;
      return;
    }
    const place = this.slots.entryAt(slot) - 1;
    const counts = this.servers.countsOf(this.serverIndexes[place]!);
    const latency = Math.min(Math.max(now - this.timesMicros[place]!, 0), MAX_LATENCY_MICROS);
    counts.rcodes[rcode]!++;
    counts.answered++;
    counts.latency.add(latency);
    this.all.answered++;
    this.all.latency.add(latency);
    this.forget(place);
  }

  private query(row: number, id: number, hash: number, responder: Endpoint, now: number): void {
    const { place } = this;
    if (this.isWaiting[place] !== 0) this.forget(place);
    const server = this.servers.indexOf(row, responder);
    this.connections[place] = this.flows.idOf(row);
    this.ids[place] = id;
    this.hashes[place] = hash;
    this.serverIndexes[place] = server;
    this.timesMicros[place] = now;
    this.isWaiting[place] = 1;
    this.slots.add(place + 1, hash);
    this.place = (place + 1) % MAX_WAITING;
    this.servers.countsOf(server).queries++;
    this.all.queries++;
  }

  /** Slot of the query of the connection with this id that waits, -1 for none. */
  private find(row: number, id: number, hash: number): number {
    const { slots, connections, ids } = this;
    const connection = this.flows.idOf(row) | 0;
    for (let slot = slots.first(hash); slot >= 0; slot = slots.next(slot, hash)) {
      const place = slots.entryAt(slot) - 1;
      if (connections[place] === connection && ids[place] === id) return slot;
    }
    return -1;
  }

  private forget(place: number): void {
    this.slots.remove(place + 1, this.hashes[place]!);
    this.isWaiting[place] = 0;
  }
}
