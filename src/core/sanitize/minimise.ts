/** Trials for one connection; what is not settled by then is dropped. */
const MAX_TRIALS = 500;
/** Trials that look for bytes of which only the kind counts; the rest stays as it is. */
const MAX_KIND_TRIALS = 300;

/** What becomes of a byte: zero (or the shape of text), itself, another byte of its kind. */
export const DROPPED = 0;
export const KEPT = 1;
export const KIND_KEPT = 2;

/** Of each packet's payload, what becomes of its bytes; null for packets without any that stay. */
export type Masks = (Uint8Array | null)[];

/**
 * Finds bytes whose absence changes a label, by trying: drops packets, then the ends of those left, then halves of what
 * remains. `passes` says whether the label is the same with these bytes alone. `lens` are the payloads' lengths. Null
 * where not even all bytes pass, or where too many trials were needed.
 */
export function minimise(lens: readonly number[], passes: (masks: Masks) => boolean): Masks | null {
  let left = MAX_TRIALS;
  const masks: Masks = lens.map((len) => (len === 0 ? null : new Uint8Array(len).fill(1)));
  const stillPasses = (): boolean => left-- > 0 && passes(masks);
  if (!stillPasses()) return null;
  dropPackets(masks, stillPasses);
  for (const mask of masks) if (mask !== null) dropEnd(mask, stillPasses);
  for (const mask of masks) {
    if (mask === null) continue;
    const end = mask.lastIndexOf(1) + 1;
    if (end > 1) {
      dropRange(mask, 0, end >> 1, stillPasses);
      dropRange(mask, end >> 1, end, stillPasses);
    }
  }
  return left > 0 ? masks : null;
}

/** Drops the last packets, then single ones. */
function dropPackets(masks: Masks, passes: () => boolean): void {
  const all = [...masks];
  let needed = masks.length;
  for (let step = masks.length >> 1; step > 0; step >>= 1) {
    while (needed - step >= 0) {
      for (let i = needed - step; i < needed; i++) masks[i] = null;
      if (!passes()) {
        for (let i = needed - step; i < needed; i++) masks[i] = all[i]!;
        break;
      }
      needed -= step;
    }
  }
  for (let i = needed - 1; i >= 0; i--) {
    if (masks[i] === null) continue;
    masks[i] = null;
    if (!passes()) masks[i] = all[i]!;
  }
}

function dropEnd(mask: Uint8Array, passes: () => boolean): void {
  let end = mask.length;
  for (let step = 1 << (31 - Math.clz32(end)); step > 0; step >>= 1) {
    if (end - step < 0) continue;
    mask.fill(0, end - step, end);
    if (passes()) end -= step;
    else mask.fill(1, end - step, end);
  }
}

/**
 * Finds bytes in `masks` that may be others of their kind: a user's name must often be there, but not be that name.
 * Changes `masks`, with which `passes` is true.
 */
export function keepKinds(masks: Masks, passes: (masks: Masks) => boolean): void {
  let left = MAX_KIND_TRIALS;
  const stillPasses = (): boolean => left-- > 0 && passes(masks);
  for (const mask of masks) if (mask !== null) keepKindsIn(mask, 0, mask.lastIndexOf(KEPT) + 1, stillPasses);
}

function keepKindsIn(mask: Uint8Array, start: number, end: number, passes: () => boolean): void {
  const before = mask.slice(start, end);
  if (!before.includes(KEPT)) return;
  for (let i = start; i < end; i++) if (mask[i] === KEPT) mask[i] = KIND_KEPT;
  if (passes()) return;
  mask.set(before, start);
  if (end - start === 1) return;
  const middle = (start + end) >> 1;
  keepKindsIn(mask, start, middle, passes);
  keepKindsIn(mask, middle, end, passes);
}

function dropRange(mask: Uint8Array, start: number, end: number, passes: () => boolean): void {
  mask.fill(0, start, end);
  if (passes()) return;
  mask.fill(1, start, end);
  if (end - start === 1) return;
  const middle = (start + end) >> 1;
  dropRange(mask, start, middle, passes);
  dropRange(mask, middle, end, passes);
}
