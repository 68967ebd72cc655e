import type { PacketBatch } from '../capture/packet-batch.js';
import { FURTHER_CAPTURE_FILE } from '../common/anomaly.js';
import { i32 } from '../common/bytes.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import { FRAGMENT, type PacketView } from '../layers/packet-view.js';
import { decodeFrame } from '../layers/registry.js';
import { READ, unreadCause } from '../layers/unread.js';
import type { AddressTable } from './address-table.js';
import { IPV6_BIT, LOOSE_FRAGMENT, type PacketColumns, SEGMENT_SHIFT } from './packet-columns.js';
import { PlainFrameDecoder } from './plain-frame.js';
import { SegmentTable } from './segment-table.js';
import { UnreadCounts } from './unread-counts.js';

/** Counters of the decode stage. */
export class DecodeCounters {
  tcp = 0;
  udp = 0;
  otherIp = 0;
  nonIp = 0;
  /** Packets in no connection: cut, not understood, or fragments of an incomplete datagram. */
  unattributed = 0;
  /** Indexed by anomaly code. */
  readonly anomalies = new Float64Array(64);
  /** Number of the first packet with the anomaly, by its code; 0 for none, or where no packet stands for it. */
  readonly anomalyPackets = new Float64Array(64);

  /** Counts an anomaly of packet `number`. */
  note(anomaly: number, number: number): void {
    if (this.anomalies[anomaly]!++ === 0) this.anomalyPackets[anomaly] = number;
  }
}

/** Decodes the frames of a batch and fills the columns with the keys of their connections. */
export class DecodeStage {
  readonly counters = new DecodeCounters();
  /** Packets that were not read down to a transport header; FragmentTable counts the fragments among them. */
  readonly unread = new UnreadCounts();
  private readonly plain: PlainFrameDecoder;

  constructor(
    private readonly view: PacketView,
    private readonly addresses: AddressTable,
    private readonly seed: number,
    /** Take packets whose transport header is cut off behind the ports, by the snapshot length or an ICMP error. */
    private readonly takesCutHeaders = false,
    /** Null where VLANs and overlay networks don't count. */
    private readonly segments: SegmentTable | null = new SegmentTable(seed),
  ) {
    this.plain = new PlainFrameDecoder(addresses, seed, segments);
  }

  /** Without `shortWay` every frame goes through the layers: tests compare the short way with that. */
  run(batch: PacketBatch, columns: PacketColumns, shortWay = true): void {
    const { view, plain } = this;
    view.fragments.reclaim();
    if (batch.beginsFile) this.counters.note(FURTHER_CAPTURE_FILE, batch.firstNumber);
    if (columns.buffers.length > 1) columns.buffers.length = 1;
    columns.buffers[0] = batch.buf;
    columns.count = batch.count;
    plain.attach(batch.buf);
    for (let i = 0; i < batch.count; i++) {
      if (shortWay && plain.decode(batch, columns, i)) {
        if ((columns.proto[i]! & 255) === TCP) this.counters.tcp++;
        else this.counters.udp++;
        continue;
      }
      view.reset(batch.buf, batch.frameStart[i]!, batch.frameEnd[i]!, batch.wireLen[i]!);
      // Not as an argument: a double would become an object.
      view.tsMicros = Math.min(batch.tsMicros[i]!, columns.nowMicros[i]!);
      decodeFrame(view, batch.linkType[i]!);
      if (view.anomaly !== 0) this.counters.note(view.anomaly, batch.firstNumber + i);
      const cause = unreadCause(view);
      if (cause !== READ) this.unread.add(cause, view.unreadValue, batch.wireLen[i]!);
      this.fill(columns, i);
    }
  }

  private fill(columns: PacketColumns, i: number): void {
    const { view, counters } = this;
    columns.fragmentGroup[i] = view.fragmentGroup;
    columns.quotedStart[i] = view.quotedStart;
    columns.quotedEnd[i] = view.quotedEnd;
    const version = view.ipVersion;
    if (version === 0) {
      counters.nonIp++;
      columns.loose[i] = 0;
      this.skip(columns, i);
      return;
    }
    const proto = view.ipProto;
    if (proto === TCP) counters.tcp++;
    else if (proto === UDP) counters.udp++;
    else counters.otherIp++;
    const lacksHeader = !view.hasTransport && (proto === TCP || proto === UDP);
    if (view.status === FRAGMENT || (lacksHeader && !(this.takesCutHeaders && view.srcPort !== 0))) {
      columns.loose[i] = view.status === FRAGMENT ? version | LOOSE_FRAGMENT : version;
      columns.looseSrc[i] = view.srcAddrStart;
      columns.looseDst[i] = view.dstAddrStart;
      columns.bufIndex[i] = bufferIndex(columns, view.buf);
      this.skip(columns, i);
      return;
    }
    const { buf } = view;
    let src: number;
    let dst: number;
    if (version === 4) {
      src = i32(buf, view.srcAddrStart);
      dst = i32(buf, view.dstAddrStart);
    } else {
      src = this.addresses.intern(buf, view.srcAddrStart);
      dst = this.addresses.intern(buf, view.dstAddrStart);
    }
    const ports = (view.srcPort << 16) | view.dstPort;
    columns.setKey(i, src, dst, ports, this.segmentBits() | (version === 4 ? proto : proto | IPV6_BIT), this.seed);
    columns.tcpFlags[i] = view.tcpFlags;
    columns.tcpSeq[i] = view.tcpSeq;
    columns.tcpAck[i] = view.tcpAck;
    columns.tcpStart[i] = view.tcpStart;
    columns.payloadStart[i] = view.payloadStart;
    columns.payloadEnd[i] = view.payloadEnd;
    columns.payloadWireLen[i] = view.payloadWireLen;
    columns.bufIndex[i] = bufferIndex(columns, buf);
  }

  private segmentBits(): number {
    const { vlans, network } = this.view;
    if (this.segments === null || (vlans === 0 && network === -1)) return 0;
    return this.segments.idOf(vlans, network) << SEGMENT_SHIFT;
  }

  private skip(columns: PacketColumns, i: number): void {
    columns.proto[i] = -1;
    columns.payloadStart[i] = 0;
    columns.payloadEnd[i] = 0;
    this.counters.unattributed++;
  }
}

function bufferIndex({ buffers }: PacketColumns, buf: Buffer): number {
  return buf === buffers[0] ? 0 : buffers.push(buf) - 1;
}
