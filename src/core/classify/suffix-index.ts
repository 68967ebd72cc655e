import { fnvFromEnd, foldHash } from '../common/hash.js';
import { LabelWalk } from '../common/label-walk.js';

const STAR = 0x2a;
const DOT = 0x2e;
const EQUALS = 0x3d;
/** Columns of a node: a distinct base name and what hangs on it. */
const HASH = 0;
const START = 1;
const LEN = 2;
/** Entry for the base and all below it, and entry for exactly it; -1 for none. */
const SUFFIX = 3;
const EXACT = 4;
/** First link of the starts that are tried under the base, longest first; -1 for none. */
const STARTS = 5;
const NODE_LEN = 6;
/** Columns of a link. */
const ENTRY = 0;
const TEXT_START = 1;
const TEXT_LEN = 2;
const NEXT = 3;
const LINK_LEN = 4;

/**
 * Finds the domain that decides about a host name among thousands, in one pass over the name's bytes from the right: a
 * rolling hash looks up every label boundary, and a hit counts once the bytes are equal. Domains are written as in
 * AppDefinition. Entry `i` is the i-th of the list; of two equal ones the later counts.
 */
export class SuffixIndex {
  /** The bytes of all domains, one after the other. */
  private readonly pool: Buffer;
  /** Node offsets plus 1, 0 for free; open addressing, at most half full. */
  private readonly slots: Int32Array;
  private readonly nodes: Int32Array;
  private readonly links: Int32Array;
  private readonly walk = new LabelWalk();
  private longestBaseLen = 0;

  constructor(domains: readonly string[]) {
    this.pool = Buffer.from(domains.join(''), 'latin1');
    let capacity = 16;
    while (capacity < domains.length * 2) capacity *= 2;
    this.slots = new Int32Array(capacity);
    this.nodes = new Int32Array(domains.length * NODE_LEN);
    /** Entry, node, first byte and length of the start, for each domain with a star. */
    const starred: { entry: number; node: number; textStart: number; textLen: number }[] = [];
    let start = 0;
    for (let entry = 0; entry < domains.length; entry++) {
      const end = start + domains[entry]!.length;
      const node = this.nodeAt(start, end, entry);
      const textLen = end - start - this.nodes[node + LEN]! - 2;
      // The base is all of the domain, all but "=", or what comes after "*.".
      if (textLen === -2) this.nodes[node + SUFFIX] = entry;
      else if (textLen === -1) this.nodes[node + EXACT] = entry;
      else starred.push({ entry, node, textStart: start, textLen });
      start = end;
    }
    // Each becomes the head of its chain, so the longest, and of equal ones the later entry, is linked last.
    starred.sort((a, b) => a.textLen - b.textLen || a.entry - b.entry);
    this.links = new Int32Array(starred.length * LINK_LEN);
    for (const [place, { entry, node, textStart, textLen }] of starred.entries()) {
      const link = place * LINK_LEN;
      this.links[link + ENTRY] = entry;
      this.links[link + TEXT_START] = textStart;
      this.links[link + TEXT_LEN] = textLen;
      this.links[link + NEXT] = this.nodes[node + STARTS]!;
      this.nodes[node + STARTS] = link;
    }
  }

  /**
   * Entry that decides about the name in `buf[start, end)` (lower case, no trailing dot), -1 for none: the exact one,
   * else the longest base at a label boundary, and under it the longest start before the base alone. Any bytes may be
   * given.
   */
  match(buf: Buffer, start: number, end: number): number {
    const { nodes, walk } = this;
    let best = -1;
    walk.begin(start, end, this.longestBaseLen);
    while (walk.next(buf)) {
      const node = this.find(walk.hash, buf, walk.at, end);
      if (node < 0) continue;
      if (walk.at === start && nodes[node + EXACT]! >= 0) return nodes[node + EXACT]!;
      const begun = this.entryBegun(nodes[node + STARTS]!, buf, start, walk.at - 1);
      if (begun >= 0) best = begun;
      else if (nodes[node + SUFFIX]! >= 0) best = nodes[node + SUFFIX]!;
    }
    return best;
  }

  /** Every entry that fits the name, the one that decides first; for explanations. */
  matchAll(buf: Buffer, start: number, end: number): number[] {
    const { nodes, links, pool, walk } = this;
    const found: { node: number; at: number }[] = [];
    walk.begin(start, end, this.longestBaseLen);
    while (walk.next(buf)) {
      const node = this.find(walk.hash, buf, walk.at, end);
      if (node >= 0) found.push({ node, at: walk.at });
    }
    const entries: number[] = [];
    for (const { node, at } of found.reverse()) {
      if (at === start && nodes[node + EXACT]! >= 0) entries.push(nodes[node + EXACT]!);
      for (let link = nodes[node + STARTS]!; link >= 0; link = links[link + NEXT]!) {
        const len = links[link + TEXT_LEN]!;
        const fits = start + len < at && sameBytes(pool, links[link + TEXT_START]!, buf, start, len);
        if (fits) entries.push(links[link + ENTRY]!);
      }
      if (nodes[node + SUFFIX]! >= 0) entries.push(nodes[node + SUFFIX]!);
    }
    return entries;
  }

  /** First entry of the chain (-1 for an empty one) whose start the name has before its dot at `dot`, -1 for none. */
  private entryBegun(first: number, buf: Buffer, start: number, dot: number): number {
    const { links, pool } = this;
    for (let link = first; link >= 0; link = links[link + NEXT]!) {
      const len = links[link + TEXT_LEN]!;
      if (start + len > dot) continue;
      if (sameBytes(pool, links[link + TEXT_START]!, buf, start, len)) return links[link + ENTRY]!;
    }
    return -1;
  }

  /** Node of the base in `buf[start, end)` with that hash, -1 for none. */
  private find(hash: number, buf: Buffer, start: number, end: number): number {
    const { slots, nodes } = this;
    const mask = slots.length - 1;
    for (let slot = foldHash(hash) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const node = slots[slot]! - 1;
      if (nodes[node + HASH] !== hash || nodes[node + LEN] !== end - start) continue;
      if (sameBytes(this.pool, nodes[node + START]!, buf, start, end - start)) return node;
    }
    return -1;
  }

  /** Node of the base of the domain in `pool[start, end)`, which is made as number `fresh` when it is new. */
  private nodeAt(start: number, end: number, fresh: number): number {
    const { pool, slots, nodes } = this;
    let at = end;
    while (
      at > start &&
      pool[at - 1] !== EQUALS &&
      !(pool[at - 1] === DOT && at - 2 >= start && pool[at - 2] === STAR)
    ) {
      at--;
    }
    const hash = fnvFromEnd(pool, at, end);
    const known = this.find(hash, pool, at, end);
    if (known >= 0) return known;
    const node = fresh * NODE_LEN;
    nodes[node + HASH] = hash;
    nodes[node + START] = at;
    nodes[node + LEN] = end - at;
    nodes[node + SUFFIX] = -1;
    nodes[node + EXACT] = -1;
    nodes[node + STARTS] = -1;
    const mask = slots.length - 1;
    let slot = foldHash(hash) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = node + 1;
    if (end - at > this.longestBaseLen) this.longestBaseLen = end - at;
    return node;
  }
}

function sameBytes(pool: Buffer, at: number, buf: Buffer, start: number, len: number): boolean {
  for (let i = 0; i < len; i++) {
    if (pool[at + i] !== buf[start + i]) return false;
  }
  return true;
}
