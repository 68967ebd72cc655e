import type { RuleStore } from '../rules/rule-store.js';

/** A store that replied this recently is not asked again. */
const FRESH_MS = 250;

/**
 * Checks whether the rule store replies. A check never takes longer than the caller allows: a store that does not reply
 * keeps its last known state until the pending check times out.
 */
export class StoreProbe {
  /** Null until the store has replied or failed for the first time. */
  isUp: boolean | null = null;
  private asked = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | null = null;

  constructor(private readonly store: RuleStore) {}

  get kind(): RuleStore['kind'] {
    return this.store.kind;
  }

  /** Asks the store, unless it was asked recently, and waits at most `patienceMs` for its reply. */
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
