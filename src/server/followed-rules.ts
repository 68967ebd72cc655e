import type { RuleStore, StoredRules } from '../adapters/stores/rule-store.js';
import type { FollowedRules } from './rule-desk.js';

/** Reads the rules of a store when its version has moved. */
export class StoreFollower implements FollowedRules {
  private rules: StoredRules | null = null;

  constructor(private readonly store: RuleStore) {}

  async reached(version: number): Promise<StoredRules> {
    if (this.rules === null || this.rules.version !== version) this.rules = await this.store.load();
    return this.rules;
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
