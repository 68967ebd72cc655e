import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16, u16le, u32, u32le } from '../common/bytes.js';
import { etherTypeLayer, MIN_ETHER_TYPE } from './ether-types.js';
import { LAYER_IPV4, LAYER_IPV6 } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** BSD loopback: the address family as 32 bits, in the byte order of the machine that captured. */
const FAMILY = 0;
const HEADER_LEN = 4;

/** OpenBSD's encapsulation interface: family, security parameter index, flags. */
const ENC_HEADER_LEN = 12;

const AF_INET = 2;
// AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS.
const AF_INET6_LINUX = 10;
const AF_INET6_BSD = 24;
const AF_INET6_FREEBSD = 28;
const AF_INET6_DARWIN = 30;

export function decodeNull(view: PacketView): number {
  return decodeFamily(view, HEADER_LEN);
}

/** The same with the family in network byte order; read in either, as some writers got it wrong. */
export function decodeLoop(view: PacketView): number {
  return decodeFamily(view, HEADER_LEN);
}

export function decodeEnc(view: PacketView): number {
  return decodeFamily(view, ENC_HEADER_LEN);
}

function decodeFamily(view: PacketView, headerLen: number): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < headerLen) return truncated(view, TRUNCATED_LINK_HEADER);

  view.cursor = start + headerLen;
  const littleEndian = u32le(buf, start + FAMILY);
  // Families fit 16 bits, so a larger number is in the other order. Lenient: of two non-zero halves only the low
  // counts.
  const family =
    littleEndian <= 0xffff ? littleEndian : u32(buf, start + FAMILY) <= 0xffff ? u32(buf, start) : u16le(buf, start);
  if (family === AF_INET) return LAYER_IPV4;
  if (
    family === AF_INET6_LINUX ||
    family === AF_INET6_BSD ||
    family === AF_INET6_FREEBSD ||
    family === AF_INET6_DARWIN
  ) {
    return LAYER_IPV6;
  }
  // Lenient: some writers put an EtherType in the family's place, or in its last two bytes.
  const lastTwo = u16(buf, start + FAMILY + 2);
  return etherTypeLayer(view, lastTwo >= MIN_ETHER_TYPE ? lastTwo : family);
}
