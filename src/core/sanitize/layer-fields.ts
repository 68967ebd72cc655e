import * as id from '../layers/layer-ids.js';
import { type LayerRewrite, replaceAll, zero } from './header-bytes.js';
import { LINK_REWRITES, zeroFrom } from './link-fields.js';
import type { Replacements } from './replacements.js';

/** Types of IPv6 routing headers (RFC 8200 §4.4, RFC 6275 §6.4, RFC 8754 §2) whose addresses are whole. */
const ROUTING_TYPE = 2;
const SOURCE_ROUTE = 0;
const MOBILE = 2;
const SEGMENTS = 4;
const LAST_ENTRY = 4;
const ADDRESSES = 8;

export const LAYER_REWRITES: (LayerRewrite | undefined)[] = [...LINK_REWRITES];

/** The check value. */
LAYER_REWRITES[id.LAYER_AH] = zeroFrom(12);
LAYER_REWRITES[id.LAYER_IPV4] = ipv4Addresses;
LAYER_REWRITES[id.LAYER_IPV6] = (out, start, end, { addresses }) => {
  for (const at of [start + 8, start + 24]) if (at + 16 <= end) addresses.replaceAt(out, at, 16);
};
LAYER_REWRITES[id.LAYER_IPV6_ROUTING] = routingAddresses;
LAYER_REWRITES[id.LAYER_IPV6_EXTENSION] = ipv6Options;
LAYER_REWRITES[id.LAYER_TCP] = tcpOptions;

/** Addresses of the header, of source routes and recorded routes (RFC 791 §3.1). */
function ipv4Addresses(out: Buffer, start: number, end: number, { addresses }: Replacements): void {
  if (start + 20 > end) {
    zero(out, start + 12, end);
    return;
  }
  addresses.replaceAt(out, start + 12, 4);
  addresses.replaceAt(out, start + 16, 4);
  forEachOption(out, start + 20, end, (kind, dataStart, dataEnd) => {
    const isRoute = kind === 7 || kind === 131 || kind === 137;
    if (isRoute) replaceAll(out, dataStart + 1, dataEnd, addresses, 4);
    // Router alert (RFC 2113) is a constant.
    else if (kind !== 148 || dataEnd - dataStart !== 2) zero(out, kind === 68 ? dataStart + 2 : dataStart, dataEnd);
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

/** Segments, and behind them TLVs (RFC 8754 §2.1), which become zeros; so does all of other types. */
function routingAddresses(out: Buffer, start: number, end: number, { addresses }: Replacements): void {
  const type = out[start + ROUTING_TYPE]!;
  const addressesAt = start + ADDRESSES;
  const isWhole = type === SOURCE_ROUTE || type === MOBILE || type === SEGMENTS;
  const count = !isWhole ? 0 : type === SEGMENTS ? out[start + LAST_ENTRY]! + 1 : Number.POSITIVE_INFINITY;
  const addressesEnd = Math.min(end, addressesAt + count * 16);
  replaceAll(out, addressesAt, addressesEnd, addresses, 16);
  zero(out, Math.max(addressesAt, addressesEnd), end);
}

/** Options of hop-by-hop and destination headers (RFC 8200 §4.2); the home address of RFC 6275 §6.3. */
function ipv6Options(out: Buffer, start: number, end: number, { addresses }: Replacements): void {
  for (let at = start + 2; at + 1 < end; ) {
    const type = out[at]!;
    if (type === 0) {
      at++;
      continue;
    }
    const dataStart = at + 2;
    const dataEnd = Math.min(end, dataStart + out[at + 1]!);
    const isNumber = (type === 5 && dataEnd - dataStart === 2) || (type === 0xc2 && dataEnd - dataStart === 4);
    if (type === 0xc9 && dataEnd - dataStart === 16) addresses.replaceAt(out, dataStart, 16);
    // Router alert and jumbo payload.
    else if (!isNumber) zero(out, dataStart, dataEnd);
    at = Math.max(dataEnd, dataStart);
  }
}
