import { IP_BAD_EXTENSION_HEADER } from '../common/anomaly.js';
import { enterIpPayload } from './ip-header.js';
import { IP_PROTOCOLS } from './ip-protocols.js';
import { type PacketView, truncated } from './packet-view.js';
import { UNREAD_IP_PROTOCOL, unread } from './unread.js';

/** Routing header (RFC 8200 §4.4): next header, length beyond the first 8 bytes, type, segments left. */
const NEXT_HEADER = 0;
const EXTENSION_LENGTH = 1;
const ROUTING_TYPE = 2;
const SEGMENTS_LEFT = 3;
const ADDRESSES = 8;
const MIN_LEN = 8;
const ADDR_LEN = 16;

/** Source route (RFC 5095 deprecates it), Mobile IPv6 (RFC 6275 §6.4), segment routing (RFC 8754 §2). */
const TYPE_SOURCE_ROUTE = 0;
const TYPE_MOBILE = 2;
const TYPE_SEGMENTS = 4;

/**
 * Passes a routing header. While segments are left, the fixed header holds the next hop; the final destination, which
 * answers, then becomes the view's.
 */
export function decodeIpv6Routing(view: PacketView): number {
  if (view.ipVersion !== 6) return unread(view, UNREAD_IP_PROTOCOL, view.ipProto);
  const { buf, cursor: start } = view;
  const left = view.limit - start;
  if (left < MIN_LEN) return truncated(view, IP_BAD_EXTENSION_HEADER);
  const headerLen = (buf[start + EXTENSION_LENGTH]! + 1) * 8;
  if (headerLen > left) return truncated(view, IP_BAD_EXTENSION_HEADER);

  if (buf[start + SEGMENTS_LEFT] !== 0) {
    const destination = finalDestination(buf[start + ROUTING_TYPE]!, start, headerLen);
    if (destination !== 0) view.dstAddrStart = destination;
  }
  const nextHeader = buf[start + NEXT_HEADER]!;
  enterIpPayload(view, nextHeader, start + headerLen);
  return IP_PROTOCOLS[nextHeader]!;
}

/** Offset of the last segment's address; 0 where the header holds none, or of an unknown type. */
function finalDestination(type: number, start: number, headerLen: number): number {
  if (headerLen < ADDRESSES + ADDR_LEN) return 0;
  // The segment list is in reverse order (RFC 8754 §2), and optional TLVs follow it.
  if (type === TYPE_SEGMENTS) return start + ADDRESSES;
  if (type !== TYPE_SOURCE_ROUTE && type !== TYPE_MOBILE) return 0;
  const count = Math.floor((headerLen - ADDRESSES) / ADDR_LEN);
  return start + ADDRESSES + (count - 1) * ADDR_LEN;
}
