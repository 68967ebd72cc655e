import { IP_BAD_EXTENSION_HEADER } from '../common/anomaly.js';
import { u16, u32 } from '../common/bytes.js';
import { enterIpPayload } from './ip-header.js';
import { IP_PROTOCOLS } from './ip-protocols.js';
import { IPV6_HEADER_LEN } from './ipv6.js';
import { LAYER_END } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';
import { UNREAD_IP_PROTOCOL, unread } from './unread.js';

/** Extension headers (RFC 8200 §4): next header, length in units of 8 bytes beyond the first 8. */
const NEXT_HEADER = 0;
const EXTENSION_LENGTH = 1;
const MIN_LEN = 8;

/** Fragment header (§4.5): offset in units of 8 bytes, two reserved bits, the M flag. */
const FRAGMENT_OFFSET = 2;
const FRAGMENT_OFFSET_MASK = 0xfff8;
const FRAGMENT_MORE = 0x0001;
const FRAGMENT_ID = 4;
const FRAGMENT_LEN = 8;

/** In the fixed header, relative to where the source address lies. */
const HEADER_BEFORE_SRC_ADDR = 8;

/**
 * Passes one hop-by-hop, destination options, mobility, HIP or Shim6 header. Each counts as a layer, so a
 * chain is bounded by the cap on layers. Behind an IPv4 header these numbers mean nothing.
 */
export function decodeIpv6Extension(view: PacketView): number {
  if (view.ipVersion !== 6) return unread(view, UNREAD_IP_PROTOCOL, view.ipProto);
  const { buf, cursor: start } = view;
  const left = view.limit - start;
  if (left < MIN_LEN) return truncated(view, IP_BAD_EXTENSION_HEADER);
  const headerLen = (buf[start + EXTENSION_LENGTH]! + 1) * 8;
  if (headerLen > left) return truncated(view, IP_BAD_EXTENSION_HEADER);

  const nextHeader = buf[start + NEXT_HEADER]!;
  enterIpPayload(view, nextHeader, start + headerLen);
  return IP_PROTOCOLS[nextHeader]!;
}

/** An atomic fragment (offset 0 and no more to come, RFC 6946) is a whole packet and bypasses reassembly. */
export function decodeIpv6Fragment(view: PacketView): number {
  if (view.ipVersion !== 6) return unread(view, UNREAD_IP_PROTOCOL, view.ipProto);
  const { buf, cursor: start } = view;
  if (view.limit - start < FRAGMENT_LEN) return truncated(view, IP_BAD_EXTENSION_HEADER);

  const nextHeader = buf[start + NEXT_HEADER]!;
  const fragment = u16(buf, start + FRAGMENT_OFFSET);
  const offset = fragment & FRAGMENT_OFFSET_MASK;
  const more = (fragment & FRAGMENT_MORE) !== 0;
  enterIpPayload(view, nextHeader, start + FRAGMENT_LEN);
  if (offset === 0 && !more) return IP_PROTOCOLS[nextHeader]!;

  const fields = view.fragment;
  fields.headerStart = view.srcAddrStart - HEADER_BEFORE_SRC_ADDR;
  fields.headerLen = IPV6_HEADER_LEN;
  fields.id = u32(buf, start + FRAGMENT_ID);
  // RFC 8200 §4.5: the addresses and the identification make the datagram; the next header may differ.
  fields.proto = 0;
  fields.offset = offset;
  fields.more = more;
  if (!view.fragments.add(view, fields)) return LAYER_END;
  return IP_PROTOCOLS[view.ipProto]!;
}
