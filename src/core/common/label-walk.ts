import { FNV_BASIS, fnvStep } from './hash.js';

const DOT = 0x2e;

/**
 * Walks a domain name from its right end, a label at a time, and hashes on the way: after "com" comes "example.com".
 * One walk serves any number of names and allocates nothing.
 */
export class LabelWalk {
  /** First byte of the labels passed so far, which reach to the end of the name. */
  at = 0;
  /** FNV-1a over them, from the last byte to the first: what `fnvFromEnd` returns for them. */
  hash = FNV_BASIS;
  private start = 0;
  private stop = 0;

  /** Starts at the end of the name in `[start, end)`, which has no trailing dot. Passes `maxLen` bytes at most. */
  begin(start: number, end: number, maxLen: number): void {
    this.at = end;
    this.hash = FNV_BASIS;
    this.start = start;
    this.stop = Math.max(start, end - maxLen);
  }

  /** Passes the next label to the left and the dot behind it; false when no whole label is left. */
  next(buf: Buffer): boolean {
    const { start, stop } = this;
    let { at, hash } = this;
    while (at > stop) {
      hash = fnvStep(hash, buf[--at]!);
      if (at !== start && buf[at - 1] !== DOT) continue;
      this.at = at;
      this.hash = hash;
      return true;
    }
    return false;
  }
}
