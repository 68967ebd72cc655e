const PAGE_SHIFT = 12;
const PAGE_LEN = 1 << PAGE_SHIFT;
const PAGE_MASK = PAGE_LEN - 1;

/**
 * 32-bit integers by index from 0, 0 unless set. Memory is taken in pages of 16 KiB, for those indices only that are
 * set.
 */
export class PagedInts {
  private readonly pages: (Int32Array | undefined)[] = [];

  get(index: number): number {
    const page = this.pages[Math.floor(index / PAGE_LEN)];
    return page === undefined ? 0 : page[index & PAGE_MASK]!;
  }

  set(index: number, value: number): void {
    const at = Math.floor(index / PAGE_LEN);
    while (this.pages.length <= at) this.pages.push(undefined);
    let page = this.pages[at];
    if (page === undefined) {
      page = new Int32Array(PAGE_LEN);
      this.pages[at] = page;
    }
    page[index & PAGE_MASK] = value;
  }
}

/** A set of whole numbers from 0, a bit each. */
export class NumberSet {
  private readonly words = new PagedInts();

  has(number: number): boolean {
    return (this.words.get(Math.floor(number / 32)) & (1 << (number & 31))) !== 0;
  }

  add(number: number): void {
    const at = Math.floor(number / 32);
    this.words.set(at, this.words.get(at) | (1 << (number & 31)));
  }
}
