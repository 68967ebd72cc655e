import { u32 } from '../../common/bytes.js';
import { MAX_CONNECTION_ID_LEN } from './initial-keys.js';
import { varint, varintLen } from './varint.js';
import { INITIAL, RETRY, type VersionTraits, versionTraits } from './versions.js';

/** Long header (RFC 9000 §17.2; the version-independent part RFC 8999 §5.1). */
const FLAGS = 0;
const VERSION = 1;
const DESTINATION_ID_LEN = 5;
const DESTINATION_ID = 6;

const HEADER_FORM = 0x80;
const FIXED_BIT = 0x40;
const PACKET_TYPE_SHIFT = 4;

/** One packet's long header; reused. Offsets are absolute. */
export class LongHeader {
  version = 0;
  traits: VersionTraits | null = null;
  /** `INITIAL` ... `RETRY`, translated from the version's own numbers. */
  type = INITIAL;
  /** Where the first byte lies. */
  start = 0;
  destinationIdStart = 0;
  destinationIdEnd = 0;
  sourceIdStart = 0;
  sourceIdEnd = 0;
  /** 0 for none; Initial only. */
  tokenLen = 0;
  packetNumberStart = 0;
  /** End of the packet as declared; greater than the datagram's end when the capture was cut. */
  packetEnd = 0;
}

/** True when the byte begins a packet with a long header. */
export function isLongHeader(firstByte: number): boolean {
  return (firstByte & HEADER_FORM) !== 0;
}

/**
 * Reads the long header at `start` into `header`. False when it is none of a known version (version 0 included), or
 * contradicts itself. The declared end of a packet may lie beyond `end`; Retry runs to the datagram's end.
 */
export function readLongHeader(buf: Buffer, start: number, end: number, header: LongHeader): boolean {
  if (end - start <= DESTINATION_ID_LEN || !isLongHeader(buf[start + FLAGS]!)) return false;
  header.version = u32(buf, start + VERSION);
  const traits = versionTraits(header.version);
  header.traits = traits;
  // Lenient: no check of the fixed bit for registered versions, which RFC 9287 lets endpoints grease.
  if (traits === null || (!traits.isRegistered && (buf[start]! & FIXED_BIT) === 0)) return false;
  header.type = traits.packetTypes[(buf[start]! >> PACKET_TYPE_SHIFT) & 3]!;
  header.start = start;

  const destinationIdLen = buf[start + DESTINATION_ID_LEN]!;
  if (destinationIdLen > MAX_CONNECTION_ID_LEN) return false;
  header.destinationIdStart = start + DESTINATION_ID;
  header.destinationIdEnd = header.destinationIdStart + destinationIdLen;
  let at = header.destinationIdEnd;
  if (at >= end || buf[at]! > MAX_CONNECTION_ID_LEN) return false;
  header.sourceIdStart = at + 1;
  at = header.sourceIdEnd = at + 1 + buf[at]!;

  header.tokenLen = 0;
  if (header.type === RETRY) {
    header.packetNumberStart = header.packetEnd = end;
    return at <= end;
  }
  if (header.type === INITIAL) {
    header.tokenLen = varint(buf, at, end);
    if (header.tokenLen < 0 || header.tokenLen > end - at) return false;
    at += varintLen(buf[at]!) + header.tokenLen;
  }
  const len = varint(buf, at, end);
  if (len < 0 || len > 0xffff) return false;
  header.packetNumberStart = at + varintLen(buf[at]!);
  header.packetEnd = header.packetNumberStart + len;
  return true;
}

/**
 * True for a Version Negotiation packet (RFC 8999 §6): version 0, then a list of versions of which one at least is
 * known here.
 */
export function isVersionNegotiation(buf: Buffer, start: number, end: number): boolean {
  if (end - start <= DESTINATION_ID_LEN || !isLongHeader(buf[start + FLAGS]!) || u32(buf, start + VERSION) !== 0)
    return false;
  let at = start + DESTINATION_ID + buf[start + DESTINATION_ID_LEN]!;
  if (at >= end) return false;
  at += 1 + buf[at]!;
  if (at >= end || (end - at) % 4 !== 0) return false;
  for (; at < end; at += 4) if (versionTraits(u32(buf, at))?.isRegistered) return true;
  return false;
}
