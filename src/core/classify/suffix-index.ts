import { fnvFromEnd, foldHash } from '../common/hash.js';
import { LabelWalk } from '../common/label-walk.js';

/** Columns of a node: a distinct base name and what hangs on it. */
const HASH = 0;
const START = 1;
const LEN = 2;
/** Entry for the base and all below it, and entry for exactly it; -1 for none. */
const SUFFIX = 3;
const EXACT = 4;
/** First link of the starts and endings that are tried under the base, longest first; -1 for none. */
const STARRED = 5;
const NODE_LEN = 6;
/** Columns of a link. */
const ENTRY = 0;
const TEXT_START = 1;
const TEXT_LEN = 2;
/** 1 where the text stands before the base, 0 where the name begins with it. */
const IS_ENDING = 3;
const NEXT = 4;
const LINK_LEN = 5;

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
    /** Entry, node, first byte and length of the start or ending, for each domain with a star. */
    const starred: { entry: number; node: number; textStart: number; textLen: number; isEnding: boolean }[] = [];
    let start = 0;
    for (let entry = 0; entry < domains.length; entry++) {
      const domain = domains[entry]!;
      const star = domain.indexOf('*');
      const isExact = domain.startsWith('=');
      // The base is all of the domain, all but "=", or what comes behind the first dot after the star.
      const dot = star < 0 ? (isExact ? 0 : -1) : domain.indexOf('.', star);
      const node = this.nodeAt(start + dot + 1, start + domain.length, entry);
      const isEnding = star === 0 && dot > 1;
      if (star < 0) this.nodes[node + (isExact ? EXACT : SUFFIX)] = entry;
      else if (isEnding) starred.push({ entry, node, textStart: start + 1, textLen: dot - 1, isEnding });
      else starred.push({ entry, node, textStart: start, textLen: star, isEnding });
      start += domain.length;
    }
    // Each becomes the head of its chain, so the longest, and of equal ones the later entry, is linked last.
    starred.sort((a, b) => a.textLen - b.textLen || a.entry - b.entry);
    this.links = new Int32Array(starred.length * LINK_LEN);
    for (const [place, { entry, node, textStart, textLen, isEnding }] of starred.entries()) {
      const link = place * LINK_LEN;
      this.links[link + ENTRY] = entry;
      this.links[link + TEXT_START] = textStart;
      this.links[link + TEXT_LEN] = textLen;
      this.links[link + IS_ENDING] = isEnding ? 1 : 0;
      this.links[link + NEXT] = this.nodes[node + STARRED]!;
      this.nodes[node + STARRED] = link;
    }
  }

  /**
   * Entry that decides about the name in `buf[start, end)` (lower case, no trailing dot), -1 for none: the exact one,
   * else the longest base at a label boundary, and under it the longest start or ending before the base alone. Any
   * bytes may be given.
   */
  match(buf: Buffer, start: number, end: number): number {
    const { nodes, walk } = this;
    let best = -1;
    walk.begin(start, end, this.longestBaseLen);
    while (walk.next(buf)) {
      const node = this.find(walk.hash, buf, walk.at, end);
      if (node < 0) continue;
      if (walk.at === start && nodes[node + EXACT]! >= 0) return nodes[node + EXACT]!;
      const starred = this.entryStarred(nodes[node + STARRED]!, buf, start, walk.at - 1);
      if (starred >= 0) best = starred;
      else if (nodes[node + SUFFIX]! >= 0) best = nodes[node + SUFFIX]!;
    }
    return best;
  }

  /** Every entry that fits the name, the one that decides first; for explanations. */
  matchAll(buf: Buffer, start: number, end: number): number[] {
    const { nodes, links, walk } = this;
    const found: { node: number; at: number }[] = [];
    walk.begin(start, end, this.longestBaseLen);
    while (walk.next(buf)) {
      const node = this.find(walk.hash, buf, walk.at, end);
      if (node >= 0) found.push({ node, at: walk.at });
    }
    const entries: number[] = [];
    for (const { node, at } of found.reverse()) {
      if (at === start && nodes[node + EXACT]! >= 0) entries.push(nodes[node + EXACT]!);
      for (let link = nodes[node + STARRED]!; link >= 0; link = links[link + NEXT]!) {
        if (this.fits(link, buf, start, at - 1)) entries.push(links[link + ENTRY]!);
      }
      if (nodes[node + SUFFIX]! >= 0) entries.push(nodes[node + SUFFIX]!);
    }
    return entries;
  }

  /** First entry of the chain (-1 for an empty one) that the name fits, whose base begins behind `dot`; -1 for none. */
  private entryStarred(first: number, buf: Buffer, start: number, dot: number): number {
    const { links } = this;
    for (let link = first; link >= 0; link = links[link + NEXT]!) {
      if (this.fits(link, buf, start, dot)) return links[link + ENTRY]!;
    }
    return -1;
  }

  /** True when the name has the start or ending of the link before its dot at `dot`. */
  private fits(link: number, buf: Buffer, start: number, dot: number): boolean {
    const { links, pool } = this;
    const len = links[link + TEXT_LEN]!;
    if (start + len > dot) return false;
    const at = links[link + IS_ENDING] === 1 ? dot - len : start;
    return sameBytes(pool, links[link + TEXT_START]!, buf, at, len);
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

  /** Node of the base in `pool[at, end)`, which is made as number `fresh` when it is new. */
  private nodeAt(at: number, end: number, fresh: number): number {
    const { pool, slots, nodes } = this;
    const hash = fnvFromEnd(pool, at, end);
    const known = this.find(hash, pool, at, end);
    if (known >= 0) return known;
    const node = fresh * NODE_LEN;
    nodes[node + HASH] = hash;
    nodes[node + START] = at;
    nodes[node + LEN] = end - at;
    nodes[node + SUFFIX] = -1;
    nodes[node + EXACT] = -1;
    nodes[node + STARRED] = -1;
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
