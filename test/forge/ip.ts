import ipaddr from 'ipaddr.js';
import { foldChecksum, internetChecksum, onesSum } from './checksum.js';
import { be16, be32 } from './fields.js';

export const PROTO_ICMP = 1;
export const PROTO_IPIP = 4;
export const PROTO_TCP = 6;
export const PROTO_UDP = 17;
export const PROTO_IPV6 = 41;
const PROTO_IPV6_FRAGMENT = 44;
export const PROTO_GRE = 47;
export const PROTO_AH = 51;

const V4_HEADER_LEN = 20;
const V6_HEADER_LEN = 40;

export interface IpOptions {
  ttl?: number;
  /** Identification of IPv4; 0 unless given. */
  id?: number;
  /** IPv4 options, a multiple of 4 bytes. */
  options?: Buffer;
  dontFragment?: boolean;
  moreFragments?: boolean;
  /** IPv4 fragment offset in bytes, a multiple of 8. */
  fragmentOffset?: number;
  flowLabel?: number;
}

/** 4 or 16 bytes of an address; throws on anything that is none. */
export function addressBytes(address: string): Buffer {
  return Buffer.from(ipaddr.parse(address).toByteArray());
}

/** An IPv4 or IPv6 packet, by the kind of the addresses, with its header checksum. */
export function ipPacket(src: string, dst: string, proto: number, payload: Buffer, options: IpOptions = {}): Buffer {
  const from = addressBytes(src);
  const to = addressBytes(dst);
  if (from.length !== to.length) throw new TypeError(`${src} and ${dst} are of different IP versions`);
  return from.length === 4
    ? ipv4(from, to, proto, payload, options)
    : Buffer.concat([ipv6Header(from, to, proto, payload.length, options), payload]);
}

/** One's complement sum of the pseudo header (RFC 9293 §3.1, RFC 8200 §8.1). */
export function pseudoHeaderSum(src: string, dst: string, proto: number, length: number): number {
  const from = addressBytes(src);
  const to = addressBytes(dst);
  return onesSum(to, 0, to.length, onesSum(from, 0, from.length)) + proto + (length >>> 16) + (length & 0xffff);
}

/** The transport checksum of a segment whose checksum field is zero. */
export function transportChecksum(src: string, dst: string, proto: number, segment: Buffer): number {
  return foldChecksum(onesSum(segment, 0, segment.length, pseudoHeaderSum(src, dst, proto, segment.length)));
}

/**
 * Cuts an IPv4 or IPv6 packet without options into fragments of at most `payloadLen` payload bytes (rounded down to a
 * multiple of 8), in order.
 */
export function fragmentIp(packet: Buffer, payloadLen: number, id: number): Buffer[] {
  const isV4 = packet[0]! >> 4 === 4;
  const headerLen = isV4 ? V4_HEADER_LEN : V6_HEADER_LEN;
  const body = packet.subarray(headerLen);
  const step = payloadLen & ~7;
  const fragments: Buffer[] = [];
  for (let offset = 0; offset < body.length; offset += step) {
    const part = body.subarray(offset, offset + step);
    const more = offset + step < body.length;
    fragments.push(isV4 ? fragmentV4(packet, part, offset, more, id) : fragmentV6(packet, part, offset, more, id));
  }
  return fragments;
}

function ipv4(from: Buffer, to: Buffer, proto: number, payload: Buffer, options: IpOptions): Buffer {
  const extra = options.options ?? Buffer.alloc(0);
  const headerLen = V4_HEADER_LEN + extra.length;
  const flags = (options.dontFragment ? 0x4000 : 0) | (options.moreFragments ? 0x2000 : 0);
  const header = Buffer.concat([
    Buffer.from([0x40 | (headerLen / 4), 0]),
    be16(headerLen + payload.length),
    be16(options.id ?? 0),
    be16(flags | ((options.fragmentOffset ?? 0) / 8)),
    Buffer.from([options.ttl ?? 64, proto]),
    be16(0),
    from,
    to,
    extra,
  ]);
  header.writeUInt16BE(internetChecksum(header), 10);
  return Buffer.concat([header, payload]);
}

function ipv6Header(from: Buffer, to: Buffer, next: number, payloadLen: number, options: IpOptions): Buffer {
  return Buffer.concat([
    be32(0x6000_0000 | (options.flowLabel ?? 0)),
    be16(payloadLen),
    Buffer.from([next, options.ttl ?? 64]),
    from,
    to,
  ]);
}

function fragmentV4(packet: Buffer, part: Buffer, offset: number, more: boolean, id: number): Buffer {
  const header = Buffer.from(packet.subarray(0, V4_HEADER_LEN));
  header.writeUInt16BE(V4_HEADER_LEN + part.length, 2);
  header.writeUInt16BE(id, 4);
  header.writeUInt16BE((more ? 0x2000 : 0) | (offset / 8), 6);
  header.writeUInt16BE(0, 10);
  header.writeUInt16BE(internetChecksum(header), 10);
  return Buffer.concat([header, part]);
}

function fragmentV6(packet: Buffer, part: Buffer, offset: number, more: boolean, id: number): Buffer {
  const header = Buffer.from(packet.subarray(0, V6_HEADER_LEN));
  const fragmentHeader = Buffer.concat([Buffer.from([header[6]!, 0]), be16(offset | (more ? 1 : 0)), be32(id)]);
  header[6] = PROTO_IPV6_FRAGMENT;
  header.writeUInt16BE(fragmentHeader.length + part.length, 4);
  return Buffer.concat([header, fragmentHeader, part]);
}
