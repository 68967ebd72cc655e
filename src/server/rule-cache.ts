import type { RuleStore, StoredRules } from '../rules/rule-store.js';
import type { RuleWatch } from '../usecases/rules/rule-watch.js';
import type { RuleReader } from './rule-service.js';

/** Changes that come in between are waited for this often; then the rules as just read will do. */
const MOST_READINGS = 3;

/** The rules of the store beside those in force: read when asked for, and put in force if they are news. */
export class RuleCache implements RuleReader {
  private rules: StoredRules | null = null;
  private reading: Promise<StoredRules> | null = null;

  constructor(
    private readonly store: RuleStore,
    private readonly watch: () => RuleWatch | null,
  ) {}

  /** Other rules came in force: those at hand may be old, even if their version is not. */
  forget(): void {
    this.rules = null;
  }

  async reached(version: number): Promise<StoredRules> {
    for (let readings = 0; ; readings++) {
      if (this.rules?.version === version) return this.rules;
      this.reading ??= this.read().finally(() => {
        this.reading = null;
      });
      const rules = await this.reading;
      if (rules.version === version || readings === MOST_READINGS) return rules;
    }
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  private async read(): Promise<StoredRules> {
    const rules = await this.store.load();
    this.watch()?.take(this.store, rules);
    this.rules = rules;
    return rules;
  }
}
