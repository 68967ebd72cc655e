import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16, u24, u32le } from '../common/bytes.js';
import { etherTypeLayer } from './ether-types.js';
import { LAYER_END, LAYER_ETHERNET, LAYER_LLC, LAYER_RAW_IP } from './layer-ids.js';
import { linkLayer } from './link-types.js';
import { malformed, type PacketView, truncated } from './packet-view.js';
import { UNREAD_LINK_TYPE, UNREAD_OTHER, unread } from './unread.js';

/** Headers that a capturing system puts before the frame. */

/** Solaris IPNET: version, family, hook type, packet length, interfaces, zones. */
const IPNET_LEN = 24;

/** IP over InfiniBand (LINKTYPE_IPOIB, RFC 4391 §6): two addresses of 20 bytes, EtherType, two reserved bytes. */
const IPOIB_ETHER_TYPE = 40;
const IPOIB_LEN = 44;

/** Apple PKTAP, little-endian: header length, type of the next header, link type of the frame. */
const PKTAP_LENGTH = 0;
const PKTAP_NEXT = 4;
const PKTAP_LINK_TYPE = 8;
const PKTAP_MIN_LEN = 12;
const PKTAP_NEXT_PACKET = 1;

/** Juniper: magic, flags, length of the extensions where the flags announce them. */
const JUNIPER_FLAGS = 3;
const JUNIPER_LEN = 4;
const JUNIPER_MAGIC = 0x4d4743;
const JUNIPER_EXTENSIONS = 0x80;
const JUNIPER_NO_LINK_HEADER = 0x02;
/** Without a link header: four bytes of protocol family stand in its place. */
const JUNIPER_FAMILY_LEN = 4;

/** ATM Classical IP on Linux: LLC and SNAP, or IP at once. */
const SNAP_START = 0xaaaa03;

export function decodeIpnet(view: PacketView): number {
  return skip(view, IPNET_LEN, LAYER_RAW_IP);
}

export function decodeIpOverInfiniband(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < IPOIB_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor = start + IPOIB_LEN;
  return etherTypeLayer(view, u16(buf, start + IPOIB_ETHER_TYPE));
}

export function decodePktap(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < PKTAP_MIN_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  const headerLen = u32le(buf, start + PKTAP_LENGTH);
  if (headerLen < PKTAP_MIN_LEN) return malformed(view, TRUNCATED_LINK_HEADER);
  if (headerLen > limit - start) return truncated(view, TRUNCATED_LINK_HEADER);
  if (u32le(buf, start + PKTAP_NEXT) !== PKTAP_NEXT_PACKET) return unread(view, UNREAD_OTHER);
  const linkType = u32le(buf, start + PKTAP_LINK_TYPE);
  view.cursor = start + headerLen;
  const next = linkLayer(linkType);
  return next === LAYER_END ? unread(view, UNREAD_LINK_TYPE, linkType) : next;
}

export function decodeJuniperEthernet(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < JUNIPER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  if (u24(buf, start) !== JUNIPER_MAGIC) return unread(view, UNREAD_OTHER);
  const flags = buf[start + JUNIPER_FLAGS]!;
  let headerLen = JUNIPER_LEN;
  if ((flags & JUNIPER_EXTENSIONS) !== 0) {
    if (limit - start < JUNIPER_LEN + 2) return truncated(view, TRUNCATED_LINK_HEADER);
    headerLen += 2 + u16(buf, start + JUNIPER_LEN);
  }
  if ((flags & JUNIPER_NO_LINK_HEADER) !== 0) return skip(view, headerLen + JUNIPER_FAMILY_LEN, LAYER_RAW_IP);
  return skip(view, headerLen, LAYER_ETHERNET);
}

export function decodeAtmClassicalIp(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < 3) return truncated(view, TRUNCATED_LINK_HEADER);
  return u24(buf, start) === SNAP_START ? LAYER_LLC : LAYER_RAW_IP;
}

function skip(view: PacketView, headerLen: number, next: number): number {
  if (view.limit - view.cursor < headerLen) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor += headerLen;
  return next;
}
