import type { PacketBatch } from '../capture/packet-batch.js';
import { u16 } from '../common/bytes.js';
import { FNV_BASIS, fnvStep, foldHash } from '../common/hash.js';
import { TCP } from '../common/ip-protocols.js';
import type { AddressWords } from './address-table.js';
import { IPV6_BIT, KEY_WITHOUT_SEGMENT, type PacketColumns, SEGMENT_SHIFT } from './packet-columns.js';

/** Packets that are remembered; a power of two. */
const REMEMBERED = 1 << 12;
/** A mirror port sends both copies at once, and a router takes less. */
const MAX_MICROS = 20_000;
/** Bytes of a datagram's payload that count. */
const MAX_PAYLOAD = 32;

/** An IPv4 header without options, and places in it. */
const IPV4_LEN = 20;
const IPV4_WITHOUT_OPTIONS = 0x45;
const IDENTIFICATION = 4;
const PROTOCOL = 9;
const UDP_LEN = 8;

/**
 * Counts packets that came twice within milliseconds, from the first tagged one on: in two VLANs or overlay networks,
 * as a mirror port shows them before and behind a router, or in one, as it shows them on their way in and out. There
 * the IPv4 identification tells them from repeats by the sender. Remembers the latest packets by a hash of 32 bits.
 */
export class CopyCounts {
  packets = 0;
  /** On the wire. */
  bytes = 0;
  /** Those of `packets` whose copy came in the same VLAN or overlay network. */
  within = 0;
  private readonly prints = new Int32Array(REMEMBERED);
  private readonly segments = new Int32Array(REMEMBERED);
  private readonly times = new Float64Array(REMEMBERED);
  private hasBegun = false;

  constructor(private readonly addresses: AddressWords) {}

  /** Takes the packets of a batch that has been decoded. */
  run(batch: PacketBatch, columns: PacketColumns): void {
    const { prints, segments, times } = this;
    for (let i = this.hasBegun ? 0 : this.firstTagged(columns); i < columns.count; i++) {
      const proto = columns.proto[i]!;
      if (proto === -1) continue;
      const identification = identificationOf(columns, i, proto);
      const print = printOf(columns, i, identification, this.addresses);
      const at = print & (REMEMBERED - 1);
      const segment = proto >>> SEGMENT_SHIFT;
      const isKnown = prints[at] === print && Math.abs(batch.tsMicros[i]! - times[at]!) <= MAX_MICROS;
      if (isKnown && (segments[at] !== segment || identification !== 0)) {
        this.packets++;
        this.bytes += batch.wireLen[i]!;
        if (segments[at] === segment) this.within++;
        continue;
      }
      prints[at] = print;
      segments[at] = segment;
      times[at] = batch.tsMicros[i]!;
    }
  }

  /** Index of the batch's first packet in a VLAN or overlay network, its length for none. */
  private firstTagged({ proto, count }: PacketColumns): number {
    let i = 0;
    while (i < count && (proto[i] === -1 || proto[i]! >>> SEGMENT_SHIFT === 0)) i++;
    this.hasBegun = i < count;
    return i;
  }
}

/** The identification of a plain IPv4 header; 0 for another, and where the sender gives none (RFC 6864 §4.1). */
function identificationOf(columns: PacketColumns, i: number, proto: number): number {
  if ((proto & IPV6_BIT) !== 0 || columns.fragmentGroup[i] !== 0) return 0;
  const isTcp = (proto & 255) === TCP;
  const ipStart = (isTcp ? columns.tcpStart[i]! : columns.payloadStart[i]! - UDP_LEN) - IPV4_LEN;
  const buf = columns.buffers[columns.bufIndex[i]!]!;
  if (ipStart < 0 || buf[ipStart] !== IPV4_WITHOUT_OPTIONS || buf[ipStart + PROTOCOL] !== (proto & 255)) return 0;
  return u16(buf, ipStart + IDENTIFICATION);
}

/** Takes an address into the hash: an IPv4 address, or the words of the IPv6 address with that id. */
function addressStep(hash: number, address: number, proto: number, addresses: AddressWords): number {
  if ((proto & IPV6_BIT) === 0) return fnvStep(hash, address);
  let into = hash;
  for (let n = 0; n < 4; n++) into = fnvStep(into, addresses.word(address, n));
  return into;
}

/** A hash of what a router leaves as it is. */
function printOf(columns: PacketColumns, i: number, identification: number, addresses: AddressWords): number {
  const proto = columns.proto[i]!;
  const ports = columns.ports[i]!;
  const isFromB = columns.fromB[i] !== 0;
  // The source first: which end is A depends on ids of IPv6 addresses, and these on all other packets.
  const source = isFromB ? columns.addrB[i]! : columns.addrA[i]!;
  const destination = isFromB ? columns.addrA[i]! : columns.addrB[i]!;
  let hash = addressStep(FNV_BASIS, source, proto, addresses);
  hash = fnvStep(hash, identification);
  hash = addressStep(hash, destination, proto, addresses);
  hash = fnvStep(hash, isFromB ? (ports << 16) | (ports >>> 16) : ports);
  hash = fnvStep(hash, (proto & KEY_WITHOUT_SEGMENT) | (columns.tcpFlags[i]! << 24));
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
