import { u16, u16le } from '../common/bytes.js';
import * as id from '../layers/layer-ids.js';
import type { AddressMap } from './address-map.js';
import { MAC_LEN, type MacMap } from './mac-map.js';
import type { Replacements } from './replacements.js';

/** Replaces what identifies hosts in the header `out[start, end)` of one layer. Bytes that it leaves are numbers. */
type LayerRewrite = (out: Buffer, start: number, end: number, maps: Replacements) => void;

/** MAC addresses at fixed offsets. */
function macsAt(...offsets: number[]): LayerRewrite {
  return (out, start, end, { macs }) => {
    for (const offset of offsets) replaceMac(out, start + offset, end, macs);
  };
}

/** Zeros from an offset on. */
function zeroFrom(offset: number, until = Number.POSITIVE_INFINITY): LayerRewrite {
  return (out, start, end) => zero(out, start + offset, Math.min(end, start + until));
}

export const LAYER_REWRITES: (LayerRewrite | undefined)[] = new Array(id.LAYER_COUNT);

LAYER_REWRITES[id.LAYER_ETHERNET] = macsAt(0, 6);
LAYER_REWRITES[id.LAYER_FDDI] = macsAt(1, 7);
LAYER_REWRITES[id.LAYER_TOKEN_RING] = macsAt(2, 8);
LAYER_REWRITES[id.LAYER_ISL] = macsAt(6);
LAYER_REWRITES[id.LAYER_SLL] = macsAt(6);
LAYER_REWRITES[id.LAYER_SLL2] = macsAt(12);
LAYER_REWRITES[id.LAYER_IP_OVER_FC] = macsAt(2, 10);
LAYER_REWRITES[id.LAYER_IP_OVER_IEEE1394] = zeroFrom(0, 16);
LAYER_REWRITES[id.LAYER_IP_OVER_INFINIBAND] = zeroFrom(0, 40);
LAYER_REWRITES[id.LAYER_IEEE80211] = wirelessAddresses;
LAYER_REWRITES[id.LAYER_PBB] = backboneAddresses;
/** Names of processes (PKTAP), interfaces (Prism, AVS), positions (PPI), users (NFLOG). */
LAYER_REWRITES[id.LAYER_PKTAP] = zeroFrom(12);
LAYER_REWRITES[id.LAYER_PRISM] = zeroFrom(8);
LAYER_REWRITES[id.LAYER_PPI] = zeroFrom(8);
LAYER_REWRITES[id.LAYER_NFLOG] = logAttributes;
/** Values that prove who sent a packet. */
LAYER_REWRITES[id.LAYER_AH] = zeroFrom(12);
LAYER_REWRITES[id.LAYER_AYIYA] = zeroFrom(8);
LAYER_REWRITES[id.LAYER_CAPWAP] = zeroFrom(8);
LAYER_REWRITES[id.LAYER_MACSEC] = zeroFrom(6);
LAYER_REWRITES[id.LAYER_GENEVE] = geneveOptions;
LAYER_REWRITES[id.LAYER_TEREDO] = teredoIndications;
LAYER_REWRITES[id.LAYER_IPV4] = ipv4Addresses;
LAYER_REWRITES[id.LAYER_IPV6] = (out, start, end, { addresses }) => {
  for (const at of [start + 8, start + 24]) if (at + 16 <= end) addresses.replaceAt(out, at, 16);
};
LAYER_REWRITES[id.LAYER_IPV6_ROUTING] = (out, start, end, { addresses }) => {
  for (let at = start + 8; at + 16 <= end; at += 16) addresses.replaceAt(out, at, 16);
};
LAYER_REWRITES[id.LAYER_IPV6_EXTENSION] = ipv6Options;
LAYER_REWRITES[id.LAYER_TCP] = tcpOptions;

export function zero(out: Buffer, start: number, end: number): void {
  if (end > start) out.fill(0, start, end);
}

export function replaceMac(out: Buffer, at: number, end: number, macs: MacMap): void {
  if (at + MAC_LEN <= end) macs.replaceAt(out, at);
  else zero(out, at, end);
}

/** IEEE 802.11: three addresses, a fourth between access points, two more in an A-MSDU subframe. */
function wirelessAddresses(out: Buffer, start: number, end: number, { macs }: Replacements): void {
  for (const offset of [4, 10, 16]) replaceMac(out, start + offset, end, macs);
  const isBetween = (out[start + 1]! & 3) === 3;
  if (isBetween) replaceMac(out, start + 24, end, macs);
  const qosAt = start + (isBetween ? 30 : 24);
  const isAggregated = (out[start]! & 0x80) !== 0 && qosAt < end && (out[qosAt]! & 0x80) !== 0;
  if (!isAggregated) return;
  replaceMac(out, end - 14, end, macs);
  replaceMac(out, end - 8, end, macs);
}

function backboneAddresses(out: Buffer, start: number, end: number, { macs }: Replacements): void {
  for (let at = start; at + 18 <= end; at += 18) {
    replaceMac(out, at + 4, end, macs);
    replaceMac(out, at + 10, end, macs);
  }
}

/** NFLOG: attributes of type and length (little-endian on every machine seen) in front of the packet. */
function logAttributes(out: Buffer, start: number, end: number): void {
  for (let at = start + 4; at + 4 <= end; ) {
    const len = u16le(out, at);
    if (len < 4) return;
    zero(out, at + 4, Math.min(end, at + len));
    at += (len + 3) & ~3;
  }
}

function geneveOptions(out: Buffer, start: number, end: number): void {
  for (let at = start + 8; at + 4 <= end; ) {
    const dataLen = (out[at + 3]! & 0x1f) * 4;
    zero(out, at + 4, Math.min(end, at + 4 + dataLen));
    at += 4 + dataLen;
  }
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

/** Addresses of the header, of source routes and recorded routes (RFC 791 §3.1). */
function ipv4Addresses(out: Buffer, start: number, end: number, { addresses }: Replacements): void {
  addresses.replaceAt(out, start + 12, 4);
  addresses.replaceAt(out, start + 16, 4);
  forEachOption(out, start + 20, end, (kind, dataStart, dataEnd) => {
    const isRoute = kind === 7 || kind === 131 || kind === 137;
    if (isRoute) replaceAll(out, dataStart + 1, dataEnd, addresses, 4);
    // Router alert (RFC 2113) says nothing of anybody.
    else if (kind !== 148) zero(out, kind === 68 ? dataStart + 2 : dataStart, dataEnd);
  });
}

/** Options of RFC 9293, window scale, SACK, time stamps stay; of others the kind, length and first byte. */
function tcpOptions(out: Buffer, start: number, end: number): void {
  forEachOption(out, start + 20, end, (kind, dataStart, dataEnd) => {
    const isKept = (kind >= 2 && kind <= 5) || kind === 8;
    if (!isKept) zero(out, dataStart + 1, dataEnd);
  });
}

function forEachOption(
  out: Buffer,
  start: number,
  end: number,
  take: (kind: number, dataStart: number, dataEnd: number) => void,
): void {
  for (let at = start; at < end; ) {
    const kind = out[at]!;
    if (kind === 1) {
      at++;
      continue;
    }
    const len = at + 1 < end ? out[at + 1]! : 0;
    // Behind the end of the list, or an option of no length, lies nothing that a receiver reads.
    if (kind === 0 || len < 2 || at + len > end) {
      zero(out, at + 1, end);
      return;
    }
    take(kind, at + 2, at + len);
    at += len;
  }
}

/** Options of hop-by-hop and destination headers (RFC 8200 §4.2); the home address of RFC 6275 §6.3. */
function ipv6Options(out: Buffer, start: number, end: number, { addresses }: Replacements): void {
  for (let at = start + 2; at + 1 < end; ) {
    const type = out[at]!;
    if (type === 0) {
      at++;
      continue;
    }
    const dataEnd = Math.min(end, at + 2 + out[at + 1]!);
    if (type === 0xc9 && dataEnd - at === 18) addresses.replaceAt(out, at + 2, 16);
    // Router alert and jumbo payload.
    else if (type !== 5 && type !== 0xc2) zero(out, at + 2, dataEnd);
    at = Math.max(dataEnd, at + 2);
  }
}

/** Replaces the addresses of `len` bytes in `out[start, end)`; zeros a rest. */
export function replaceAll(out: Buffer, start: number, end: number, addresses: AddressMap, len: 4 | 16): void {
  let at = start;
  for (; at + len <= end; at += len) addresses.replaceAt(out, at, len);
  zero(out, at, end);
}
