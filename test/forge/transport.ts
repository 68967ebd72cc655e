import { be16, be32 } from './fields.js';
import { type IpOptions, ipPacket, PROTO_TCP, PROTO_UDP, transportChecksum } from './ip.js';

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

export interface Endpoint {
  address: string;
  port: number;
}

export interface TcpFields {
  seq: number;
  ack?: number;
  flags: number;
  window?: number;
  /** TCP options, a multiple of 4 bytes. */
  options?: Buffer;
  payload?: Buffer;
}

/** An IP packet with a TCP segment and both checksums; `seq` and `ack` are taken modulo 2^32. */
export function tcpPacket(from: Endpoint, to: Endpoint, fields: TcpFields, ip: IpOptions = {}): Buffer {
  const options = fields.options ?? Buffer.alloc(0);
  const segment = Buffer.concat([
    be16(from.port),
    be16(to.port),
    be32(fields.seq),
    be32(fields.ack ?? 0),
    Buffer.from([((20 + options.length) / 4) << 4, fields.flags]),
    be16(fields.window ?? 64_240),
    be16(0),
    be16(0),
    options,
    fields.payload ?? Buffer.alloc(0),
  ]);
  segment.writeUInt16BE(transportChecksum(from.address, to.address, PROTO_TCP, segment), 16);
  return ipPacket(from.address, to.address, PROTO_TCP, segment, ip);
}

/** An IP packet with a UDP datagram and both checksums. */
export function udpPacket(from: Endpoint, to: Endpoint, payload: Buffer, ip: IpOptions = {}): Buffer {
  const datagram = Buffer.concat([be16(from.port), be16(to.port), be16(8 + payload.length), be16(0), payload]);
  // A checksum of 0 means none, so 0 is sent as 0xffff (RFC 768).
  datagram.writeUInt16BE(transportChecksum(from.address, to.address, PROTO_UDP, datagram) || 0xffff, 6);
  return ipPacket(from.address, to.address, PROTO_UDP, datagram, ip);
}

/** MSS 1460, SACK permitted, window scale 7: what a Linux client's SYN carries, without time stamps. */
export const SYN_OPTIONS = Buffer.from([2, 4, 0x05, 0xb4, 1, 1, 4, 2, 1, 3, 3, 7]);
