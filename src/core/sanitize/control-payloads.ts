import { u16 } from '../common/bytes.js';
import { replaceAll, replaceMac, zero } from './header-bytes.js';
import { MAC_LEN } from './mac-map.js';
import type { Replacements } from './replacements.js';

/** ARP (RFC 826): types, lengths, operation, then two pairs of addresses. */
const ARP_HEADER_LEN = 8;
const ARP_IPV4_LEN = 28;

/** Rewrites the ARP message in `out[start, end)`. Returns where it ends; other families lose their addresses. */
export function rewriteArp(out: Buffer, start: number, end: number, { addresses, macs }: Replacements): number {
  if (end - start < ARP_HEADER_LEN) return start;
  if (out[start + 4] !== MAC_LEN || out[start + 5] !== 4 || end - start < ARP_IPV4_LEN) return start + ARP_HEADER_LEN;
  for (const at of [start + 8, start + 18]) {
    macs.replaceAt(out, at);
    addresses.replaceAt(out, at + MAC_LEN, 4);
  }
  return start + ARP_IPV4_LEN;
}

/** ICMPv6 informational messages with addresses in them (RFC 4861 §4, RFC 2710 §3, RFC 9777 §5). */
const MLD_QUERY = 130;
const MLD_DONE = 132;
const ROUTER_SOLICITATION = 133;
const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOR_SOLICITATION = 135;
const NEIGHBOR_ADVERTISEMENT = 136;
const REDIRECT = 137;
const MLD2_REPORT = 143;

/** By type: where options begin. */
const OPTIONS_AT: Readonly<Record<number, number>> = {
  [ROUTER_SOLICITATION]: 8,
  [ROUTER_ADVERTISEMENT]: 16,
  [NEIGHBOR_SOLICITATION]: 24,
  [NEIGHBOR_ADVERTISEMENT]: 24,
  [REDIRECT]: 40,
};

/** Rewrites the ICMPv6 message `out[start, end)` that is no error. Returns where the part ends that is kept. */
export function rewriteIcmpv6(out: Buffer, start: number, end: number, maps: Replacements): number {
  const type = out[start]!;
  if (type >= MLD_QUERY && type <= MLD_DONE) {
    const kept = Math.min(end, start + 24);
    replaceAll(out, start + 8, kept, maps.addresses, 16);
    return kept;
  }
  if (type === MLD2_REPORT) return rewriteReport(out, start, end, maps);
  const optionsAt = OPTIONS_AT[type];
  if (optionsAt === undefined) return Math.min(end, start + 8);
  const fixedEnd = Math.min(end, start + optionsAt);
  if (type >= NEIGHBOR_SOLICITATION) replaceAll(out, start + 8, fixedEnd, maps.addresses, 16);
  return rewriteOptions(out, fixedEnd, end, maps);
}

/** Groups of the report; behind it lies nothing that is kept. */
function rewriteReport(out: Buffer, start: number, end: number, { addresses }: Replacements): number {
  if (end - start < 8) return end;
  let at = start + 8;
  for (let left = u16(out, start + 6); left > 0 && at + 20 <= end; left--) {
    const sources = u16(out, at + 2);
    const next = Math.min(end, at + 20 + sources * 16);
    replaceAll(out, at + 4, next, addresses, 16);
    at = next + out[at + 1]! * 4;
    zero(out, next, Math.min(at, end));
  }
  return Math.min(at, end);
}

/** Options of Neighbor Discovery: type, length in units of 8 bytes (RFC 4861 §4.6). */
function rewriteOptions(out: Buffer, start: number, end: number, maps: Replacements): number {
  let at = start;
  while (at + 2 <= end) {
    const type = out[at]!;
    const optionEnd = Math.min(end, at + out[at + 1]! * 8);
    if (optionEnd <= at) return at;
    if ((type === 1 || type === 2) && optionEnd - at === 8) replaceMac(out, at + 2, optionEnd, maps.macs);
    else if (type === 3 && optionEnd - at === 32) rewritePrefix(out, at, maps);
    else if (type === 25) replaceAll(out, at + 8, optionEnd, maps.addresses, 16);
    // MTU.
    else if (type !== 5) zero(out, at + 2, optionEnd);
    at = optionEnd;
  }
  return at;
}

function rewritePrefix(out: Buffer, at: number, { addresses }: Replacements): void {
  const prefixLen = Math.min(out[at + 2]!, 128);
  addresses.replaceAt(out, at + 16, 16);
  for (let bit = prefixLen; bit < 128; bit++) out[at + 16 + (bit >> 3)]! &= ~(0x80 >> (bit & 7));
}
