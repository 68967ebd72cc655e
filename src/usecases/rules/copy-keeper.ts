import { countRules } from '../../core/policy/rule.js';
import { MANY_RULES } from '../../rules/rule-book.js';
import type { RuleStore, StoredRules } from '../../rules/rule-store.js';

/** Many rules take a second to write: then a copy is made this often at most. */
const REST_MS = 30_000;

/** Keeps copies of the rules of a Redis as they change, for times when it can't be reached: the latest, not each. */
export class CopyKeeper {
  private latest: { readonly store: RuleStore; readonly rules: StoredRules } | null = null;
  private saving: Promise<void> | null = null;
  private restTimer: NodeJS.Timeout | null = null;
  private isClosed = false;

  /** `warn` gets sentences about copies that can't be kept. */
  constructor(private readonly warn: (sentence: string) => void) {}

  keep(store: RuleStore, rules: StoredRules): void {
    if (store.kind !== 'redis') return;
    this.latest = { store, rules };
    if (this.restTimer === null) this.saving ??= this.save();
  }

  /** Saves what is not saved yet. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.saving;
    if (this.restTimer !== null) clearTimeout(this.restTimer);
    await this.save();
  }

  private async save(): Promise<void> {
    let count = 0;
    while (this.latest !== null && count < MANY_RULES) {
      const { store, rules } = this.latest;
      this.latest = null;
      count = countRules(rules.groups);
      const { keepCopy } = await import('../../adapters/stores/open-rule-store.js');
      for (const warning of await keepCopy(store, rules, Date.now())) this.warn(warning);
    }
    this.saving = null;
    if (count >= MANY_RULES && !this.isClosed) this.rest();
  }

  private rest(): void {
    this.restTimer = setTimeout(() => {
      this.restTimer = null;
      if (this.latest !== null) this.saving ??= this.save();
    }, REST_MS).unref();
  }
}
