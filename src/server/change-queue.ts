import { DpiError } from '../core/common/error.js';
import type { RuleStore } from '../rules/rule-store.js';
import { StoreUnavailable } from '../rules/rule-store.js';

/** Maximum number of queued changes. With more, clients would time out before their turn. */
const MAX_WAITING = 1000;

interface Waiting {
  run(store: RuleStore): Promise<void>;
  reject(error: unknown): void;
}

/**
 * Applies the changes of many requests to one rule store, one after another over one connection. In parallel they would
 * conflict, and each conflict means another attempt. If Redis is out of reach, one failed change also rejects all
 * queued ones, instead of each waiting for its own time-out.
 */
export class ChangeQueue {
  private readonly waiting: Waiting[] = [];
  private running = false;

  constructor(private readonly store: RuleStore) {}

  /** The result of `change`. Throws DpiError "too-many-changes" if the queue is full, and what `change` throws. */
  run<T>(change: (store: RuleStore) => Promise<T>): Promise<T> {
    if (this.waiting.length >= MAX_WAITING) {
      throw new DpiError('too-many-changes', `${MAX_WAITING} rule changes are already waiting; nothing was changed`);
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
