import { u16, u16le, u32, u32le } from '../common/bytes.js';
import * as id from '../layers/layer-ids.js';
import { type LayerRewrite, replaceAll, replaceMac, zero } from './header-bytes.js';
import { MAC_LEN } from './mac-map.js';
import type { Replacements } from './replacements.js';

/** Field of a cooked header for an address of up to 8 bytes. */
const COOKED_ADDRESS_LEN = 8;
/** GRE (RFC 2784 §2.1, RFC 2890 §2, RFC 1701): flags, and where the optional fields begin. */
const GRE_CHECKSUM_OR_ROUTING = 0xc000;
const GRE_ROUTING = 0x4000;
const GRE_KEY = 0x2000;
const GRE_SEQUENCE = 0x1000;
const GRE_HEADER_LEN = 4;
const ROUTE_HEADER_LEN = 4;
const ROUTE_IPV4 = 0x0800;
/** L2TP (RFC 2661 §3.1): flags of the optional fields in front of the offset padding. */
const L2TP_LENGTH = 0x4000;
const L2TP_SEQUENCE = 0x0800;
const L2TP_OFFSET = 0x0200;
/** radiotap.org: presence bits, and the most that lies in front of the flags. */
const RADIOTAP_PRESENT = 4;
const RADIOTAP_TSFT = 0x01;
const RADIOTAP_VENDOR = 0x4000_0000;
const RADIOTAP_MORE = 0x8000_0000;
const RADIOTAP_TSFT_LEN = 8;
const AVS_LEN = 64;
const JUNIPER_EXTENSIONS = 0x80;

/** By layer of the link and of tunnels: replaces addresses, and leaves out times and what users may have named. */
export const LINK_REWRITES: (LayerRewrite | undefined)[] = new Array(id.LAYER_COUNT);

LINK_REWRITES[id.LAYER_ETHERNET] = macsAt(0, 6);
LINK_REWRITES[id.LAYER_FDDI] = macsAt(1, 7);
LINK_REWRITES[id.LAYER_TOKEN_RING] = tokenRingAddresses;
LINK_REWRITES[id.LAYER_ISL] = islAddresses;
LINK_REWRITES[id.LAYER_SLL] = cookedAddress(6);
LINK_REWRITES[id.LAYER_SLL2] = cookedAddress(12);
LINK_REWRITES[id.LAYER_IP_OVER_FC] = macsAt(2, 10);
LINK_REWRITES[id.LAYER_IP_OVER_IEEE1394] = zeroFrom(0, 16);
LINK_REWRITES[id.LAYER_IP_OVER_INFINIBAND] = zeroFrom(0, 40);
LINK_REWRITES[id.LAYER_IEEE80211] = (out, start, end, maps) => wirelessAddresses(out, [start, end], 0, maps);
LINK_REWRITES[id.LAYER_RADIOTAP] = radiotapAndFrame;
LINK_REWRITES[id.LAYER_CAPWAP] = capwapAndFrame;
LINK_REWRITES[id.LAYER_PBB] = backboneAddresses;
/** Names of processes (PKTAP), devices (Prism), positions (PPI), interfaces (Juniper), users (NFLOG). */
LINK_REWRITES[id.LAYER_PKTAP] = zeroFrom(12);
LINK_REWRITES[id.LAYER_PRISM] = prismValues;
LINK_REWRITES[id.LAYER_AVS] = zeroFrom(AVS_LEN);
LINK_REWRITES[id.LAYER_PPI] = zeroFrom(8);
LINK_REWRITES[id.LAYER_JUNIPER_ETHERNET] = juniperExtensions;
LINK_REWRITES[id.LAYER_NFLOG] = logAttributes;
/** Zone ids and interfaces of the machine. */
LINK_REWRITES[id.LAYER_IPNET] = zeroFrom(8);
/** Time of day. */
LINK_REWRITES[id.LAYER_ARISTA_TIMESTAMP] = (out, start, end) => zero(out, start + 4, end - 2);
LINK_REWRITES[id.LAYER_ERSPAN] = mirrorTimes;
/** Values that prove who sent a packet. */
LINK_REWRITES[id.LAYER_AYIYA] = zeroFrom(8);
LINK_REWRITES[id.LAYER_MACSEC] = secureChannel;
/** Contexts that operators define (RFC 8300 §2.4). */
LINK_REWRITES[id.LAYER_NSH] = zeroFrom(8);
LINK_REWRITES[id.LAYER_GENEVE] = geneveOptions;
LINK_REWRITES[id.LAYER_GRE] = sourceRoutes;
LINK_REWRITES[id.LAYER_L2TP] = offsetPadding;
LINK_REWRITES[id.LAYER_TEREDO] = teredoIndications;

/** MAC addresses at fixed offsets. */
function macsAt(...offsets: number[]): LayerRewrite {
  return (out, start, end, { macs }) => {
    for (const offset of offsets) replaceMac(out, start + offset, end, macs);
  };
}

/** Zeros from an offset on. */
export function zeroFrom(offset: number, until = Number.POSITIVE_INFINITY): LayerRewrite {
  return (out, start, end) => zero(out, start + offset, Math.min(end, start + until));
}

/** The first bit of the source tells of a source route; it is no part of the address (IEEE 802.5 §3.2.4). */
function tokenRingAddresses(out: Buffer, start: number, end: number, { macs }: Replacements): void {
  if (start + 14 > end) {
    zero(out, start + 2, end);
    return;
  }
  const route = out[start + 8]! & 0x80;
  out[start + 8]! &= 0x7f;
  replaceMac(out, start + 2, end, macs);
  replaceMac(out, start + 8, end, macs);
  out[start + 8] = (out[start + 8]! & 0x7f) | route;
}

/** The source, and its first three bytes again behind the SNAP header. */
function islAddresses(out: Buffer, start: number, end: number, { macs }: Replacements): void {
  replaceMac(out, start + 6, end, macs);
  if (start + 20 <= end) out.copy(out, start + 17, start + 6, start + 9);
}

/** The length of the address lies in front of it; other kinds than MAC addresses become zeros. */
function cookedAddress(offset: number): LayerRewrite {
  const lenBehind = offset === 6;
  return (out, start, end, { macs }) => {
    const at = start + offset;
    const len = lenBehind ? u16(out, at - 2) : out[at - 1]!;
    if (len === MAC_LEN) replaceMac(out, at, end, macs);
    zero(out, len === MAC_LEN ? at + MAC_LEN : at, Math.min(end, at + COOKED_ADDRESS_LEN));
  };
}

/**
 * IEEE 802.11: three addresses, a fourth between access points, two more in an A-MSDU subframe. `order` is 1 where the
 * bytes of 16-bit fields are swapped.
 */
function wirelessAddresses(
  out: Buffer,
  [start, end]: readonly [number, number],
  order: 0 | 1,
  { macs }: Replacements,
): void {
  if (end - start < 2) return;
  for (const offset of [4, 10, 16]) replaceMac(out, start + offset, end, macs);
  const isBetween = (out[start + 1 - order]! & 3) === 3;
  if (isBetween) replaceMac(out, start + 24, end, macs);
  const qosAt = start + (isBetween ? 30 : 24) + order;
  const isAggregated = (out[start + order]! & 0x80) !== 0 && qosAt < end && (out[qosAt]! & 0x80) !== 0;
  if (!isAggregated) return;
  replaceMac(out, end - 14, end, macs);
  replaceMac(out, end - 8, end, macs);
}

/** The radio's header, and the frame that is decoded with it. What vendors add may be anything. */
function radiotapAndFrame(out: Buffer, start: number, end: number, maps: Replacements): void {
  if (end - start < 8) return;
  const frameStart = Math.min(end, start + u16le(out, start + 2));
  let fieldsAt = start + RADIOTAP_PRESENT;
  const present = u32le(out, fieldsAt);
  let hasVendor = false;
  for (; fieldsAt + 4 <= frameStart; fieldsAt += 4) {
    const word = u32le(out, fieldsAt);
    hasVendor ||= (word & RADIOTAP_VENDOR) !== 0;
    if ((word & RADIOTAP_MORE) === 0) break;
  }
  fieldsAt += 4;
  if ((present & RADIOTAP_TSFT) !== 0) {
    const timerAt = start + ((fieldsAt - start + 7) & -RADIOTAP_TSFT_LEN);
    zero(out, fieldsAt, Math.min(frameStart, timerAt + RADIOTAP_TSFT_LEN));
    fieldsAt = timerAt + RADIOTAP_TSFT_LEN;
  }
  if (hasVendor) zero(out, fieldsAt + 1, frameStart);
  wirelessAddresses(out, [frameStart, end], 0, maps);
}

/** The header behind its fixed part, with the radio's address; a frame with swapped fields is decoded with it. */
function capwapAndFrame(out: Buffer, start: number, end: number, maps: Replacements): void {
  if (end - start < 8) return;
  const frameStart = Math.min(end, start + ((u32(out, start) >>> 19) & 0x1f) * 4);
  zero(out, start + 8, frameStart);
  wirelessAddresses(out, [frameStart, end], 1, maps);
}

/** AVS headers come under Prism's link type, too. */
function prismValues(out: Buffer, start: number, end: number): void {
  const isAvs = end - start >= 8 && (u32(out, start) & 0xffff_f000) >>> 0 === 0x8021_1000;
  zero(out, start + (isAvs ? AVS_LEN : 8), end);
}

function backboneAddresses(out: Buffer, start: number, end: number, { macs }: Replacements): void {
  for (let at = start; at + 18 <= end; at += 18) {
    replaceMac(out, at + 4, end, macs);
    replaceMac(out, at + 10, end, macs);
  }
}

/** Type, length and value each; the values are names and numbers of interfaces. */
function juniperExtensions(out: Buffer, start: number, end: number): void {
  if (end - start < 6 || (out[start + 3]! & JUNIPER_EXTENSIONS) === 0) return;
  const extensionsEnd = Math.min(end, start + 6 + u16(out, start + 4));
  for (let at = start + 6; at + 2 <= extensionsEnd; at += 2 + out[at + 1]!) {
    zero(out, at + 2, Math.min(extensionsEnd, at + 2 + out[at + 1]!));
  }
}

/** NFLOG: attributes of length and type in front of the packet, in the byte order of the capturing machine. */
function logAttributes(out: Buffer, start: number, end: number): void {
  for (let at = start + 4; at + 4 <= end; ) {
    const len = u16le(out, at + 2) > 0xff ? u16(out, at) : u16le(out, at);
    if (len < 4) return;
    zero(out, at + 4, Math.min(end, at + len));
    at += (len + 3) & ~3;
  }
}

/** Type III: 32 bits of time, and 8 bytes more of it in the platform's part (draft-foschiano-erspan-03 §4.3). */
function mirrorTimes(out: Buffer, start: number, end: number): void {
  if (end - start < 12) return;
  zero(out, start + 4, start + 8);
  zero(out, start + 12, end);
}

/** The channel id is the sender's MAC address and a port (IEEE 802.1AE §9.9). */
function secureChannel(out: Buffer, start: number, end: number, { macs }: Replacements): void {
  if (end - start >= 14 && (out[start]! & 0x20) !== 0) replaceMac(out, start + 6, end, macs);
}

function geneveOptions(out: Buffer, start: number, end: number): void {
  for (let at = start + 8; at + 4 <= end; ) {
    const dataLen = (out[at + 3]! & 0x1f) * 4;
    zero(out, at + 4, Math.min(end, at + 4 + dataLen));
    at += 4 + dataLen;
  }
}

/** Entries of family, offset, length and addresses; other families than IPv4 become zeros. */
function sourceRoutes(out: Buffer, start: number, end: number, { addresses }: Replacements): void {
  const flags = end - start < GRE_HEADER_LEN ? 0 : u16(out, start);
  if ((flags & GRE_ROUTING) === 0) return;
  let at = start + GRE_HEADER_LEN;
  for (const bit of [GRE_CHECKSUM_OR_ROUTING, GRE_KEY, GRE_SEQUENCE]) if ((flags & bit) !== 0) at += 4;
  while (at + ROUTE_HEADER_LEN <= end) {
    const family = u16(out, at);
    const next = Math.min(end, at + ROUTE_HEADER_LEN + out[at + 3]!);
    if (family === ROUTE_IPV4) replaceAll(out, at + ROUTE_HEADER_LEN, next, addresses, 4);
    else zero(out, at + ROUTE_HEADER_LEN, next);
    at = next;
  }
}

function offsetPadding(out: Buffer, start: number, end: number): void {
  const flags = end - start < 6 ? 0 : u16(out, start);
  if ((flags & L2TP_OFFSET) === 0) return;
  const sizeAt = start + 6 + ((flags & L2TP_LENGTH) !== 0 ? 2 : 0) + ((flags & L2TP_SEQUENCE) !== 0 ? 4 : 0);
  zero(out, sizeAt + 2, end);
}

/** Authentication and origin (RFC 4380 §5.1.1); the origin's address is kept inverted. */
function teredoIndications(out: Buffer, start: number, end: number, { addresses }: Replacements): void {
  let at = start;
  if (end - at >= 13 && u16(out, at) === 1) {
    const len = 13 + out[at + 2]! + out[at + 3]!;
    zero(out, at + 4, Math.min(end, at + len));
    at += len;
  }
  if (end - at < 8 || u16(out, at) !== 0) return;
  invert(out, at + 4);
  addresses.replaceAt(out, at + 4, 4);
  invert(out, at + 4);
}

function invert(out: Buffer, at: number): void {
  for (let i = 0; i < 4; i++) out[at + i] = ~out[at + i]! & 0xff;
}
