import type { PacketBatch } from '../capture/packet-batch.js';
import { FNV_BASIS, fnvStep, foldHash } from '../common/hash.js';
import { TCP } from '../common/ip-protocols.js';
import { KEY_WITHOUT_SEGMENT, type PacketColumns, SEGMENT_SHIFT } from './packet-columns.js';

/** Packets that are remembered; a power of two. */
const REMEMBERED = 1 << 12;
/** A mirror port sends both copies at once, and a router takes less. */
const MAX_MICROS = 20_000;
/** Bytes of a datagram's payload that count. */
const MAX_PAYLOAD = 32;

/**
 * Counts packets that came twice within milliseconds, in two VLANs or overlay networks: a mirror port that shows them
 * before and behind a router or switch. Remembers the latest packets by a hash of 32 bits.
 */
export class CopyCounts {
  packets = 0;
  /** On the wire. */
  bytes = 0;
  private readonly prints = new Int32Array(REMEMBERED);
  private readonly segments = new Int32Array(REMEMBERED);
  private readonly times = new Float64Array(REMEMBERED);
  /** Segment of all packets so far, -1 before the first. */
  private onlySegment = -1;
  private isMixed = false;

  /** Takes the packets of a batch that has been decoded. */
  run(batch: PacketBatch, columns: PacketColumns): void {
    if (!this.isMixed && !this.seesOthers(columns)) return;
    const { prints, segments, times } = this;
    for (let i = 0; i < columns.count; i++) {
      const proto = columns.proto[i]!;
      if (proto === -1) continue;
      const print = printOf(columns, i, proto);
      const at = print & (REMEMBERED - 1);
      const segment = proto >>> SEGMENT_SHIFT;
      const isKnown = prints[at] === print && Math.abs(batch.tsMicros[i]! - times[at]!) <= MAX_MICROS;
      if (isKnown && segments[at] !== segment) {
        this.packets++;
        this.bytes += batch.wireLen[i]!;
        continue;
      }
      prints[at] = print;
      segments[at] = segment;
      times[at] = batch.tsMicros[i]!;
    }
  }

  /** True once packets of two segments have come: before, there is nothing to compare. */
  private seesOthers({ proto, count }: PacketColumns): boolean {
    for (let i = 0; i < count && !this.isMixed; i++) {
      if (proto[i] === -1) continue;
      const segment = proto[i]! >>> SEGMENT_SHIFT;
      if (this.onlySegment === -1) this.onlySegment = segment;
      else if (segment !== this.onlySegment) this.isMixed = true;
    }
    return this.isMixed;
  }
}

/** A hash of what a router leaves as it is. */
function printOf(columns: PacketColumns, i: number, proto: number): number {
  let hash = fnvStep(FNV_BASIS, columns.addrA[i]!);
  hash = fnvStep(hash, columns.addrB[i]!);
  hash = fnvStep(hash, columns.ports[i]!);
  hash = fnvStep(hash, (proto & KEY_WITHOUT_SEGMENT) | (columns.fromB[i]! << 16) | (columns.tcpFlags[i]! << 24));
  hash = fnvStep(hash, columns.payloadWireLen[i]!);
  if ((proto & 255) === TCP) {
    hash = fnvStep(hash, columns.tcpSeq[i]!);
    hash = fnvStep(hash, columns.tcpAck[i]!);
  }
  const buf = columns.buffers[columns.bufIndex[i]!]!;
  const start = columns.payloadStart[i]!;
  const end = Math.min(columns.payloadEnd[i]!, start + MAX_PAYLOAD);
  for (let at = start; at < end; at++) hash = fnvStep(hash, buf[at]!);
  return foldHash(hash);
}
