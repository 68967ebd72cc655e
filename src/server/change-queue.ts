import { DpiError } from '../core/common/error.js';
import type { RuleStore } from '../rules/rule-store.js';
import { StoreUnavailable } from '../rules/rule-store.js';

/** Changes that wait for their turn; more would wait longer than their senders. */
const MOST_WAITING = 1000;

interface Waiting {
  run(store: RuleStore): Promise<void>;
  reject(error: unknown): void;
}

/**
 * Takes the changes of many requests to one rule store, one after another over one connection: side by side they would
 * only get in each other's way, each starting again when another came first. Where Redis is out of reach, those that
 * wait are refused together with the one that found out, rather than each after a time-out of its own.
 */
export class ChangeQueue {
  private readonly waiting: Waiting[] = [];
  private running = false;

  constructor(private readonly store: RuleStore) {}

  /** What `change` gives. Throws DpiError "too-many-changes" where the line is too long, and what `change` throws. */
  run<T>(change: (store: RuleStore) => Promise<T>): Promise<T> {
    if (this.waiting.length >= MOST_WAITING) {
      throw new DpiError('too-many-changes', `${MOST_WAITING} changes of the rules wait already; nothing was changed`);
    }
    return new Promise<T>((resolve, reject) => {
      const run = async (store: RuleStore): Promise<void> => resolve(await change(store));
      this.waiting.push({ run, reject });
      if (!this.running) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.running = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      try {
        await next.run(this.store);
      } catch (error) {
        next.reject(error);
        if (error instanceof StoreUnavailable) for (const other of this.waiting.splice(0)) other.reject(error);
      }
    }
    this.running = false;
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
