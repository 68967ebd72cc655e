import type { AddressMap } from './address-map.js';
import { MAC_LEN, type MacMap } from './mac-map.js';
import type { Replacements } from './replacements.js';

/** Replaces what identifies hosts in the header `out[start, end)` of one layer. Bytes that it leaves are numbers. */
export type LayerRewrite = (out: Buffer, start: number, end: number, maps: Replacements) => void;

export function zero(out: Buffer, start: number, end: number): void {
  if (end > start) out.fill(0, start, end);
}

/** Replaces the MAC address at `at`; what there is of one that `end` cuts becomes zeros. */
export function replaceMac(out: Buffer, at: number, end: number, macs: MacMap): void {
  if (at + MAC_LEN <= end) macs.replaceAt(out, at);
  else zero(out, at, end);
}

/** Replaces the addresses of `len` bytes in `out[start, end)`; zeros a rest. */
export function replaceAll(out: Buffer, start: number, end: number, addresses: AddressMap, len: 4 | 16): void {
  let at = start;
  for (; at + len <= end; at += len) addresses.replaceAt(out, at, len);
  zero(out, at, end);
}
