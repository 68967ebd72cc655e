import { u16, u32 } from '../common/bytes.js';
import { LAYER_END, LAYER_IPV6 } from './layer-ids.js';
import type { PacketView } from './packet-view.js';

/** Teredo (RFC 4380 §5.1.1): an IPv6 packet behind optional authentication and origin indications. */
const INDICATOR_ORIGIN = 0x0000;
const INDICATOR_AUTHENTICATION = 0x0001;
const ORIGIN_LEN = 8;

/** Authentication: indicator, two lengths, identifier, value, nonce of 8 bytes, confirmation byte. */
const AUTH_ID_LENGTH = 2;
const AUTH_VALUE_LENGTH = 3;
const AUTH_FIXED_LEN = 13;

const IPV6_PAYLOAD_LENGTH = 4;
const IPV6_NEXT_HEADER = 6;
const IPV6_SRC_ADDR = 8;
const IPV6_DST_ADDR = 24;
const IPV6_HEADER_LEN = 40;

/** 2001:0000::/32, the service prefix (§2.6). */
const SERVICE_PREFIX = 0x20010000;
const NO_NEXT_HEADER = 59;

export function decodeTeredo(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  const at = skipIndications(buf, start, limit);
  if (limit - at < IPV6_HEADER_LEN || buf[at]! >> 4 !== 6) return LAYER_END;
  // A bubble is a bare header without payload (§2.8); only its outer connection can be seen.
  if (buf[at + IPV6_NEXT_HEADER] === NO_NEXT_HEADER) return LAYER_END;
  if (u16(buf, at + IPV6_PAYLOAD_LENGTH) > limit + view.missingLen - at - IPV6_HEADER_LEN) return LAYER_END;
  view.cursor = at;
  return LAYER_IPV6;
}

/**
 * Whether a UDP payload on another port than Teredo's is a Teredo packet: clients talk to each other from any port. It
 * must be an IPv6 packet that fills the datagram exactly, with an address of the service prefix.
 */
export function looksLikeTeredo(buf: Buffer, start: number, end: number): boolean {
  if (end - start < IPV6_HEADER_LEN) return false;
  const first = buf[start]!;
  if (first >> 4 === 6) return isWholeTeredoIpv6(buf, start, end);
  // An indication begins with two bytes 00 00 or 00 01.
  if (first !== 0 || buf[start + 1]! > 1) return false;
  return isWholeTeredoIpv6(buf, skipIndications(buf, start, end), end);
}

function isWholeTeredoIpv6(buf: Buffer, at: number, end: number): boolean {
  const payloadLen = end - at - IPV6_HEADER_LEN;
  if (payloadLen < 0 || buf[at]! >> 4 !== 6 || u16(buf, at + IPV6_PAYLOAD_LENGTH) !== payloadLen) return false;
  return u32(buf, at + IPV6_SRC_ADDR) === SERVICE_PREFIX || u32(buf, at + IPV6_DST_ADDR) === SERVICE_PREFIX;
}

/** Offset of the IPv6 packet; `end` when an indication is cut off. */
function skipIndications(buf: Buffer, start: number, end: number): number {
  let at = start;
  if (end - at >= AUTH_FIXED_LEN && u16(buf, at) === INDICATOR_AUTHENTICATION) {
    at += AUTH_FIXED_LEN + buf[at + AUTH_ID_LENGTH]! + buf[at + AUTH_VALUE_LENGTH]!;
  }
  if (end - at >= ORIGIN_LEN && u16(buf, at) === INDICATOR_ORIGIN) at += ORIGIN_LEN;
  return at < end ? at : end;
}
