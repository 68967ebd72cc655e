import type { RuleStore } from '../rules/rule-store.js';

/** A store that was asked this recently is not asked again. */
const FRESH_MS = 250;

/**
 * Whether the rule store answers. Asking never takes longer than the caller allows, whatever the store does: a silent
 * one is told of as it was last known, until the time-out of the question under way says that it is down.
 */
export class StoreProbe {
  /** Null until the store answered or failed for the first time. */
  isUp: boolean | null = null;
  private asked = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | null = null;

  constructor(private readonly store: RuleStore) {}

  get kind(): RuleStore['kind'] {
    return this.store.kind;
  }

  /** Asks the store, unless that was done just now, and waits no longer than `patienceMs` for the answer. */
  async check(patienceMs: number): Promise<boolean | null> {
    if (this.asking === null && performance.now() - this.asked >= FRESH_MS) this.asking = this.ask();
    if (this.asking !== null) {
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patienceMs);
      });
      await Promise.race([this.asking, enough]);
      clearTimeout(timer);
    }
    return this.isUp;
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private async ask(): Promise<void> {
    try {
      await this.store.version();
      this.isUp = true;
    } catch {
      this.isUp = false;
    }
    this.asked = performance.now();
    this.asking = null;
  }
}
