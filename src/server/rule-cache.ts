import type { RuleStore, StoredRules } from '../rules/rule-store.js';
import type { RuleWatch } from '../usecases/rules/rule-watch.js';
import type { RuleReader } from './rule-service.js';

/** Maximum number of further reads if the store changes meanwhile; then the rules as just read are returned. */
const MAX_READS = 3;

/** The rules of the store: read on demand, and put in force if they are new. */
export class RuleCache implements RuleReader {
  private rules: StoredRules | null = null;
  private reading: Promise<StoredRules> | null = null;

  constructor(
    private readonly store: RuleStore,
    private readonly watch: () => RuleWatch | null,
  ) {}

  /** Call when other rules take effect: the cached ones may be stale even if their version is not. */
  forget(): void {
    this.rules = null;
  }

  async reached(version: number): Promise<StoredRules> {
    for (let reads = 0; ; reads++) {
      if (this.rules?.version === version) return this.rules;
      this.reading ??= this.read().finally(() => {
        this.reading = null;
      });
      const rules = await this.reading;
      if (rules.version >= version || reads === MAX_READS) return rules;
    }
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  private async read(): Promise<StoredRules> {
    const rules = await this.store.load();
    await this.watch()?.take(this.store, rules);
    this.rules = rules;
    return rules;
  }
}
