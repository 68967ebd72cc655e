import { inTurns } from '../../core/common/turns.js';
import { RuleBook } from '../../rules/rule-book.js';

/** The rules of a store as last read. */
export interface Remembered {
  readonly book: RuleBook;
  /** Of a rules file: which file it was (`fileStamp`). */
  readonly stamp: string;
  /** Of a rules file: bytes of its journal that are in the book. */
  readonly journalEnd: number;
}

/**
 * What a long-running process remembers of one store, shared by all that it opens of it: they read only what has
 * changed since.
 */
export class RuleMemory {
  private known: Remembered | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /**
   * Brings the memory up to date: `read` gets what is known and returns what is true now, the same object if nothing
   * has changed. One after another. Rejects as `read` does; what was known stays then.
   */
  refresh(read: (known: Remembered | null) => Promise<Remembered>): Promise<Remembered> {
    const next = this.last.then(async () => {
      const now = await read(this.known);
      this.known = now.book.isWorn ? { ...now, book: await inTurns(RuleBook.read(now.book)) } : now;
      return this.known;
    });
    this.last = next.catch(() => {});
    return next;
  }

  /** The store may hold other rules under the same version. */
  forget(): void {
    this.last = this.last.then(() => {
      this.known = null;
    });
  }
}
