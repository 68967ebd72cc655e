import { be16, be32 } from './fields.js';

/** Link types of a capture file (the registry of draft-ietf-opsawg-pcaplinktype). */
export const LINK_NULL = 0;
export const LINK_ETHERNET = 1;
export const LINK_RAW = 101;
export const LINK_LINUX_SLL = 113;
export const LINK_LINUX_SLL2 = 276;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_VLAN = 0x8100;
const ETHERTYPE_QINQ = 0x88a8;
const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPE_MPLS = 0x8847;
const ETHERTYPE_PPPOE_SESSION = 0x8864;

/** Turns an IP packet into the frame that goes into the capture. */
export type Encapsulate = (ip: Buffer) => Buffer;

const CLIENT_MAC = Buffer.from([0x02, 0, 0, 0, 0, 0x01]);
const ROUTER_MAC = Buffer.from([0x02, 0, 0, 0, 0, 0x02]);

/** EtherType of a raw IP packet by its version nibble. */
export function etherTypeOf(ip: Buffer): number {
  return ip[0]! >> 4 === 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
}

/** Ethernet II, padded to 60 bytes as on the wire unless `pad` is false. */
export function ethernet(payload: Buffer, etherType = etherTypeOf(payload), pad = true): Buffer {
  const frame = Buffer.concat([ROUTER_MAC, CLIENT_MAC, be16(etherType), payload]);
  return pad && frame.length < 60 ? Buffer.concat([frame, Buffer.alloc(60 - frame.length)]) : frame;
}

/** Ethernet with VLAN tags, outermost first; all but the last are 802.1ad service tags. */
export function vlanEthernet(ids: readonly number[]): Encapsulate {
  return (ip) => {
    let payload = ip;
    let etherType = etherTypeOf(ip);
    for (let index = ids.length - 1; index >= 0; index--) {
      payload = Buffer.concat([be16(ids[index]!), be16(etherType), payload]);
      etherType = index === ids.length - 1 ? ETHERTYPE_VLAN : ETHERTYPE_QINQ;
    }
    return ethernet(payload, etherType);
  };
}

/** Ethernet with an MPLS label stack (RFC 3032), outermost first. */
export function mplsEthernet(labels: readonly number[]): Encapsulate {
  return (ip) => {
    const stack = labels.map((label, index) => be32((label << 12) | (index === labels.length - 1 ? 0x100 : 0) | 64));
    return ethernet(Buffer.concat([...stack, ip]), ETHERTYPE_MPLS);
  };
}

/** PPPoE session (RFC 2516) over Ethernet. */
export function pppoeEthernet(sessionId: number): Encapsulate {
  return (ip) => {
    const ppp = Buffer.concat([be16(pppProtocolOf(ip)), ip]);
    const header = Buffer.concat([Buffer.from([0x11, 0]), be16(sessionId), be16(ppp.length)]);
    return ethernet(Buffer.concat([header, ppp]), ETHERTYPE_PPPOE_SESSION);
  };
}

/** PPP protocol number of a raw IP packet (RFC 1332, RFC 5072). */
export function pppProtocolOf(ip: Buffer): number {
  return ip[0]! >> 4 === 6 ? 0x0057 : 0x0021;
}

/** BSD loopback: the address family in the byte order of the machine that captured. */
export function nullLoopback(ip: Buffer, littleEndian = true): Buffer {
  const family = Buffer.alloc(4);
  const value = ip[0]! >> 4 === 6 ? 30 : 2;
  if (littleEndian) family.writeUInt32LE(value);
  else family.writeUInt32BE(value);
  return Buffer.concat([family, ip]);
}

/** Linux cooked capture, version 1. */
export function linuxSll(ip: Buffer): Buffer {
  return Buffer.concat([be16(0), be16(1), be16(6), CLIENT_MAC, be16(0), be16(etherTypeOf(ip)), ip]);
}

/** Linux cooked capture, version 2. */
export function linuxSll2(ip: Buffer): Buffer {
  return Buffer.concat([
    be16(etherTypeOf(ip)),
    be16(0),
    be32(2),
    be16(1),
    Buffer.from([0, 6]),
    CLIENT_MAC,
    be16(0),
    ip,
  ]);
}
