import { TRUNCATED_TUNNEL_HEADER } from '../common/anomaly.js';
import { u16, u32 } from '../common/bytes.js';
import { ETHER_TYPE_TEB, ETHER_TYPES, etherTypeLayer } from './ether-types.js';
import {
  LAYER_END,
  LAYER_ERSPAN,
  LAYER_ETHERNET,
  LAYER_IEEE80211,
  LAYER_IPV4,
  LAYER_PPP,
  LAYER_PPP_IN_PPTP,
  LAYER_WCCP,
} from './layer-ids.js';
import { GRE_NETWORK, networkNumber, type PacketView, truncated } from './packet-view.js';
import { READ_CONTROL, unread } from './unread.js';

/** GRE (RFC 2784, RFC 2890, source routes of RFC 1701) and its version 1 of PPTP (RFC 2637 §4.1). */
const FLAGS = 0;
const PROTOCOL = 2;
const HEADER_LEN = 4;
const OPTIONAL_FIELD_LEN = 4;

const CHECKSUM_PRESENT = 0x8000;
const ROUTING_PRESENT = 0x4000;
const KEY_PRESENT = 0x2000;
const SEQUENCE_PRESENT = 0x1000;
const ACKNOWLEDGMENT_PRESENT = 0x0080;
const VERSION_MASK = 0x0007;

/** The lowest key of NVGRE. */
const FIRST_NVGRE_KEY = 0x0010_0000;

/** Source route entry (RFC 1701): address family, offset, length, routing data; family and length 0 end the list. */
const ROUTE_LENGTH = 3;
const ROUTE_HEADER_LEN = 4;

/** A keep-alive of Cisco: its answer, wrapped again, is empty. */
const PROTOCOL_KEEP_ALIVE = 0x0000;
const PROTOCOL_PPP = 0x880b;
const PROTOCOL_ERSPAN_I_II = 0x88be;
const PROTOCOL_ERSPAN_III = 0x22eb;
const PROTOCOL_WCCP = 0x883e;
/** Aruba access points: an 802.11 frame; the low bits number the radio's queue. */
const PROTOCOL_ARUBA_FIRST = 0x8200;
const PROTOCOL_ARUBA_LAST = 0x9100;
const PROTOCOL_ARUBA_MASK = 0xff8f;

/** PPTP's key field: payload length, call id. */
const PPTP_PAYLOAD_LENGTH = 4;
const PPTP_MIN_LEN = 8;

export function decodeGre(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < HEADER_LEN) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  const flags = u16(buf, start + FLAGS);
  const protocol = u16(buf, start + PROTOCOL);
  const version = flags & VERSION_MASK;
  if (version === 1 && protocol === PROTOCOL_PPP) return LAYER_PPP_IN_PPTP;
  if (version !== 0) return LAYER_END;

  let at = start + HEADER_LEN;
  if ((flags & (CHECKSUM_PRESENT | ROUTING_PRESENT)) !== 0) at += OPTIONAL_FIELD_LEN;
  const keyStart = (flags & KEY_PRESENT) === 0 ? -1 : at;
  if (keyStart >= 0) at += OPTIONAL_FIELD_LEN;
  if ((flags & SEQUENCE_PRESENT) !== 0) at += OPTIONAL_FIELD_LEN;
  if ((flags & ROUTING_PRESENT) !== 0) at = skipRoutes(buf, at, limit);
  if (at > limit) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  view.cursor = at;
  if (keyStart >= 0) view.enterNetwork(networkNumber(GRE_NETWORK, networkOfKey(u32(buf, keyStart), protocol)));

  if (protocol === PROTOCOL_ERSPAN_III) return LAYER_ERSPAN;
  // ERSPAN type I has neither a sequence number nor a header of its own.
  if (protocol === PROTOCOL_ERSPAN_I_II) return (flags & SEQUENCE_PRESENT) !== 0 ? LAYER_ERSPAN : LAYER_ETHERNET;
  if (protocol === PROTOCOL_WCCP) return LAYER_WCCP;
  if (protocol === PROTOCOL_KEEP_ALIVE) return unread(view, READ_CONTROL);
  if (
    ETHER_TYPES[protocol] === LAYER_END &&
    protocol >= PROTOCOL_ARUBA_FIRST &&
    protocol < PROTOCOL_ARUBA_LAST &&
    (protocol & PROTOCOL_ARUBA_MASK) === PROTOCOL_ARUBA_FIRST
  ) {
    return LAYER_IEEE80211;
  }
  return etherTypeLayer(view, protocol);
}

/**
 * In NVGRE (RFC 7637 §3.2) the key is a subnet of 24 bits, none below 0x001000, and a number that spreads the traffic
 * over paths. Elsewhere all of it tells tunnels apart (RFC 2890 §2).
 */
function networkOfKey(key: number, protocol: number): number {
  return protocol === ETHER_TYPE_TEB && key >= FIRST_NVGRE_KEY ? key >>> 8 : key;
}

/** PPP inside version 1; an acknowledgment without data ends here. */
export function decodePptp(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < PPTP_MIN_LEN) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  const flags = u16(buf, start + FLAGS);
  if ((flags & SEQUENCE_PRESENT) === 0) return unread(view, READ_CONTROL);
  let at = start + PPTP_MIN_LEN + OPTIONAL_FIELD_LEN;
  if ((flags & ACKNOWLEDGMENT_PRESENT) !== 0) at += OPTIONAL_FIELD_LEN;
  if (at > limit) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  view.cursor = at;
  view.narrow(at + u16(buf, start + PPTP_PAYLOAD_LENGTH));
  return LAYER_PPP;
}

/** WCCP redirected packets: IPv4, with or without a redirect header of four bytes (WCCP version 2) before it. */
export function decodeWccp(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start <= OPTIONAL_FIELD_LEN) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  if (buf[start]! >> 4 !== 4) view.cursor = start + OPTIONAL_FIELD_LEN;
  return LAYER_IPV4;
}

/** The end of the source routes from `at`; beyond `limit` when they are cut off. */
function skipRoutes(buf: Buffer, at: number, limit: number): number {
  let next = at;
  while (limit - next >= ROUTE_HEADER_LEN) {
    const length = buf[next + ROUTE_LENGTH]!;
    const family = u16(buf, next);
    next += ROUTE_HEADER_LEN;
    if (family === 0 && length === 0) return next;
    next += length;
  }
  return limit + 1;
}
