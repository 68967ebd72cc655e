/** 32-bit FNV-1a (draft-eastlake-fnv §2) for tables in memory: cheap per byte, and no defence by itself. */

const PRIME = 0x01000193;
/** Offset basis, the hash of no bytes. */
export const FNV_BASIS = 0x811c9dc5 | 0;

/** The hash with one more byte, or one more 32-bit word, taken in. */
export function fnvStep(hash: number, value: number): number {
  return Math.imul(hash ^ value, PRIME);
}

/** Hash of `buf[start, end)`, taken from the last byte to the first. */
export function fnvFromEnd(buf: Buffer, start: number, end: number): number {
  let hash = FNV_BASIS;
  for (let at = end - 1; at >= start; at--) hash = fnvStep(hash, buf[at]!);
  return hash;
}

/** Brings the well-mixed upper bits down to where masks look. */
export function foldHash(hash: number): number {
  return hash ^ (hash >>> 15);
}
