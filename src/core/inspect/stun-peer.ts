import { u16, u32 } from '../common/bytes.js';

/** XOR-PEER-ADDRESS of a TURN message (RFC 8656 §18.3), coded as XOR-MAPPED-ADDRESS (RFC 8489 §14.2). */
const LENGTH = 2;
const COOKIE = 4;
const MAGIC_COOKIE = 0x2112a442;
const HEADER_LEN = 20;
const ATTRIBUTE_HEADER_LEN = 4;
const XOR_PEER_ADDRESS = 0x0012;
const FAMILY = 1;
const PORT = 2;
const ADDRESS = 4;
const MAX_ATTRIBUTES = 24;

export const PEER_FAMILY_IPV4 = 1;
const PEER_FAMILY_IPV6 = 2;

/** Address and port of a TURN client's peer: one reused instance. */
export class StunPeer {
  /** PEER_FAMILY_IPV4 or PEER_FAMILY_IPV6. */
  family = PEER_FAMILY_IPV4;
  port = 0;
  /** In network order; the first four bytes with IPv4. */
  readonly address: Buffer = Buffer.alloc(16);
}

/**
 * Reads the peer that the STUN message `buf[start, end)` names into `peer`; false when it names none with a port (the
 * port counts for nothing in a permission, RFC 8656 §9.1, but clients send their candidate's).
 */
export function readStunPeer(buf: Buffer, start: number, end: number, peer: StunPeer): boolean {
  if (end - start < HEADER_LEN || u32(buf, start + COOKIE) !== MAGIC_COOKIE) return false;
  const messageEnd = Math.min(end, start + HEADER_LEN + u16(buf, start + LENGTH));
  let at = start + HEADER_LEN;
  for (let n = 0; n < MAX_ATTRIBUTES && at + ATTRIBUTE_HEADER_LEN <= messageEnd; n++) {
    const len = u16(buf, at + 2);
    const valueStart = at + ATTRIBUTE_HEADER_LEN;
    if (valueStart + len > messageEnd) return false;
    if (u16(buf, at) === XOR_PEER_ADDRESS) return readAddress(buf, start, valueStart, len, peer);
    at = valueStart + ((len + 3) & ~3);
  }
  return false;
}

/** The value is XORed with the cookie and, beyond it, the transaction id. */
function readAddress(buf: Buffer, start: number, at: number, len: number, peer: StunPeer): boolean {
  if (len < ADDRESS + 4) return false;
  const family = buf[at + FAMILY]!;
  const addressLen = family === PEER_FAMILY_IPV4 ? 4 : 16;
  if ((family !== PEER_FAMILY_IPV4 && family !== PEER_FAMILY_IPV6) || len !== ADDRESS + addressLen) return false;
  peer.family = family;
  peer.port = u16(buf, at + PORT) ^ (MAGIC_COOKIE >>> 16);
  for (let i = 0; i < addressLen; i++) peer.address[i] = buf[at + ADDRESS + i]! ^ buf[start + COOKIE + i]!;
  return peer.port !== 0;
}
