import { be16, be24, be32 } from './fields.js';
import { ipPacket, PROTO_AH, PROTO_GRE, PROTO_IPIP, PROTO_IPV6 } from './ip.js';
import { type Encapsulate, ethernet, etherTypeOf, pppProtocolOf } from './link.js';
import { type Endpoint, udpPacket } from './transport.js';

/** The two ends of a tunnel; the first sends. */
export interface TunnelEnds {
  from: string;
  to: string;
}

/** 4in4, 6in4, 4in6 and 6in6, by the versions of the packet and of the ends. */
export function ipInIp(ends: TunnelEnds): Encapsulate {
  return (ip) => ethernet(ipPacket(ends.from, ends.to, ip[0]! >> 4 === 6 ? PROTO_IPV6 : PROTO_IPIP, ip));
}

/** GRE (RFC 2784) with an optional key (RFC 2890). */
export function gre(ends: TunnelEnds, key?: number): Encapsulate {
  return (ip) => {
    const head = Buffer.concat([be16(key === undefined ? 0 : 0x2000), be16(etherTypeOf(ip))]);
    const payload = key === undefined ? [head, ip] : [head, be32(key), ip];
    return ethernet(ipPacket(ends.from, ends.to, PROTO_GRE, Buffer.concat(payload)));
  };
}

/** PPTP's enhanced GRE (RFC 2637 §4.1) around PPP. */
export function pptp(ends: TunnelEnds, callId: number): Encapsulate {
  let sequence = 0;
  return (ip) => {
    const ppp = Buffer.concat([Buffer.from([0xff, 0x03]), be16(pppProtocolOf(ip)), ip]);
    const head = [be16(0x3001), be16(0x880b), be16(ppp.length), be16(callId), be32(sequence++)];
    return ethernet(ipPacket(ends.from, ends.to, PROTO_GRE, Buffer.concat([...head, ppp])));
  };
}

/** VXLAN (RFC 7348) around an Ethernet frame. */
export function vxlan(ends: TunnelEnds, networkId: number, port = 4789): Encapsulate {
  return (ip) =>
    overUdp(ends, port, Buffer.concat([be32(0x0800_0000), be24(networkId), Buffer.from([0]), ethernet(ip)]));
}

/** Geneve (RFC 8926) with one option of 4 bytes around an Ethernet frame. */
export function geneve(ends: TunnelEnds, networkId: number): Encapsulate {
  const option = Buffer.from([0x01, 0x02, 0x80, 0x01, 0, 0, 0, 7]);
  return (ip) => {
    const head = [Buffer.from([option.length / 4, 0]), be16(0x6558), be24(networkId), Buffer.from([0]), option];
    return overUdp(ends, 6081, Buffer.concat([...head, ethernet(ip)]));
  };
}

/** GTP-U G-PDU (3GPP TS 29.281 §5.1), with the sequence number and its filler when `sequence` is given. */
export function gtpU(ends: TunnelEnds, tunnelId: number, sequence?: number): Encapsulate {
  return (ip) => {
    const optional = sequence === undefined ? Buffer.alloc(0) : Buffer.concat([be16(sequence), be16(0)]);
    const flags = sequence === undefined ? 0x30 : 0x32;
    const head = [Buffer.from([flags, 0xff]), be16(optional.length + ip.length), be32(tunnelId), optional];
    return overUdp(ends, 2152, Buffer.concat([...head, ip]));
  };
}

/** Teredo (RFC 4380) around an IPv6 packet. */
export function teredo(ends: TunnelEnds): Encapsulate {
  return (ip) => ethernet(udpPacket({ address: ends.from, port: 50_000 }, { address: ends.to, port: 3544 }, ip));
}

/** L2TPv2 data message (RFC 2661 §3.1) around PPP. */
export function l2tp(ends: TunnelEnds, tunnelId: number, sessionId: number): Encapsulate {
  return (ip) => {
    const ppp = Buffer.concat([Buffer.from([0xff, 0x03]), be16(pppProtocolOf(ip)), ip]);
    const length = 8 + ppp.length;
    const head = [be16(0x4002), be16(length), be16(tunnelId), be16(sessionId)];
    const ends1701: [Endpoint, Endpoint] = [
      { address: ends.from, port: 1701 },
      { address: ends.to, port: 1701 },
    ];
    return ethernet(udpPacket(...ends1701, Buffer.concat([...head, ppp])));
  };
}

/** IPsec AH (RFC 4302) in transport mode, spliced into an IPv4 packet without options; 12 bytes of check value. */
export function authenticationHeader(ip: Buffer): Buffer {
  const src = [...ip.subarray(12, 16)].join('.');
  const dst = [...ip.subarray(16, 20)].join('.');
  const head = [Buffer.from([ip[9]!, 4]), be16(0), be32(0x1234), be32(1), Buffer.alloc(12, 0xa5)];
  return ethernet(ipPacket(src, dst, PROTO_AH, Buffer.concat([...head, ip.subarray(20)])));
}

/** IPv6 with a hop-by-hop (padding) and a destination options header before the transport (RFC 8200 §4). */
export function ipv6WithExtensions(ip: Buffer): Buffer {
  const pad = Buffer.from([1, 4, 0, 0, 0, 0]);
  const hopByHop = Buffer.concat([Buffer.from([60, 0]), pad]);
  const destination = Buffer.concat([Buffer.from([ip[6]!, 0]), pad]);
  const header = Buffer.from(ip.subarray(0, 40));
  header[6] = 0;
  header.writeUInt16BE(ip.readUInt16BE(4) + 16, 4);
  return ethernet(Buffer.concat([header, hopByHop, destination, ip.subarray(40)]));
}

function overUdp(ends: TunnelEnds, port: number, payload: Buffer): Buffer {
  return ethernet(udpPacket({ address: ends.from, port: 49_200 }, { address: ends.to, port }, payload));
}
