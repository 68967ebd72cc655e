import type { Cidr } from './cidr.js';

/** ::ffff:0:0/96, an IPv4 address as IPv6 sockets write it (RFC 4291 §2.5.5.2). */
const MAPPED_WORD = 0xffff;
/** 64:ff9b::/96, an IPv4 address behind NAT64 (RFC 6052 §2.1). */
const NAT64_WORD = 0x0064ff9b;

/**
 * Address ranges, flattened so that each address lies in at most one stretch, that of the narrowest range around it. A
 * look-up is a binary search over the first addresses of the stretches. Prefixes nest or are disjoint; of two equal
 * ones the later counts.
 */
export class AddressRanges {
  private readonly starts4: Uint32Array;
  private readonly ids4: Int32Array;
  /** Four words a stretch, most significant first. */
  private readonly starts6: Uint32Array;
  private readonly ids6: Int32Array;

  /** Range `i` of the list is reported as `firstId + i`. */
  constructor(ranges: readonly Cidr[], firstId: number) {
    const v4 = flatten(ranges, false, firstId);
    this.starts4 = Uint32Array.from(v4.starts, Number);
    this.ids4 = Int32Array.from(v4.ids);
    const v6 = flatten(ranges, true, firstId);
    this.starts6 = new Uint32Array(v6.starts.length * 4);
    for (const [i, start] of v6.starts.entries()) {
      for (let word = 0; word < 4; word++) {
        this.starts6[i * 4 + word] = Number((start >> BigInt(96 - 32 * word)) & 0xffffffffn);
      }
    }
    this.ids6 = Int32Array.from(v6.ids);
  }

  /** Id of the narrowest range around an IPv4 address (unsigned), -1 for none. */
  matchIpv4(address: number): number {
    const { starts4 } = this;
    let low = 0;
    let high = starts4.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts4[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? -1 : this.ids4[low - 1]!;
  }

  /** The same for an IPv6 address of four unsigned words, most significant first; IPv4 inside IPv6 counts as IPv4. */
  matchIpv6(w0: number, w1: number, w2: number, w3: number): number {
    if (w1 === 0 && ((w0 === 0 && w2 === MAPPED_WORD) || (w0 === NAT64_WORD && w2 === 0))) return this.matchIpv4(w3);
    const { starts6 } = this;
    let low = 0;
    let high = this.ids6.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = middle << 2;
      let order = starts6[at]! - w0;
      if (order === 0) order = starts6[at + 1]! - w1;
      if (order === 0) order = starts6[at + 2]! - w2;
      if (order === 0) order = starts6[at + 3]! - w3;
      if (order <= 0) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? -1 : this.ids6[low - 1]!;
  }
}

interface Stretches {
  starts: bigint[];
  ids: number[];
}

function flatten(ranges: readonly Cidr[], isV6: boolean, firstId: number): Stretches {
  const order = [...ranges.keys()].filter((i) => ranges[i]!.isV6 === isV6);
  order.sort((a, b) => {
    const left = ranges[a]!;
    const right = ranges[b]!;
    if (left.first !== right.first) return left.first < right.first ? -1 : 1;
    if (left.last !== right.last) return left.last > right.last ? -1 : 1;
    return a - b;
  });
  const stretches: Stretches = { starts: [], ids: [] };
  const open: number[] = [];
  const closeBefore = (address: bigint | null): void => {
    while (open.length > 0) {
      const { last } = ranges[open[open.length - 1]!]!;
      if (address !== null && last >= address) return;
      open.pop();
      begin(stretches, last + 1n, open.length > 0 ? firstId + open[open.length - 1]! : -1);
    }
  };
  for (const i of order) {
    closeBefore(ranges[i]!.first);
    open.push(i);
    begin(stretches, ranges[i]!.first, firstId + i);
  }
  closeBefore(null);
  // Behind the last address of all there is nothing to begin.
  const end = 1n << (isV6 ? 128n : 32n);
  if (stretches.starts.at(-1) === end) {
    stretches.starts.pop();
    stretches.ids.pop();
  }
  return stretches;
}

function begin(stretches: Stretches, start: bigint, id: number): void {
  const { starts, ids } = stretches;
  if (starts.at(-1) === start) {
    ids[ids.length - 1] = id;
    return;
  }
  starts.push(start);
  ids.push(id);
}
