import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StoreChoice } from '../../adapters/stores/open-rule-store.js';
import type { AppTable } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { isExpired, type RuleGroup } from '../../core/policy/rule.js';
import type { RuleStore, StoredRules } from '../../rules/rule-store.js';
import { isStoreThere, joinRules, parseRules, type RuleChoice, type RulesInForce } from './rules-in-force.js';

/** How often to look for the folder of a rules file while it does not exist. */
const FOLDER_LOOK_MS = 50;
/** First and longest wait between attempts to follow a Redis that could not be reached at the start. */
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 1000;
/** Later expiries are checked again in between, because the clock may be set. */
const LONGEST_TIMER_MS = 30_000;
/** Most different warnings, so that a store that changes all the time can't fill the memory. */
const MOST_SENTENCES = 1000;

export interface RuleWatchHooks {
  /** Called when other rules come into force. */
  changed(inForce: RulesInForce): void;
  /** Called with a sentence without its full stop: at most one per outage and one per ineffective rule. */
  warn(sentence: string): void;
}

/**
 * The rules in force while a process runs: command-line rules, and stored rules as the store changes. A store that
 * can't be read (a damaged file, a lost Redis) leaves the rules as they were. An expiry takes effect by the clock. A
 * change comes into force after some 20 ms and the time to compile the rules. Timers don't keep the process alive;
 * Redis does.
 */
export class RuleWatch {
  /** The current rules; `warnings` are those of the first reading. */
  inForce: RulesInForce;
  private stored: readonly RuleGroup[] = [];
  private storeName: string | null = null;
  private stopFollowing: (() => Promise<void>) | null = null;
  private expiryTimer: NodeJS.Timeout | null = null;
  private retryTimer: NodeJS.Timeout | null = null;
  private copying: Promise<void> = Promise.resolve();
  private hasChanged = false;
  private isDown = false;
  private isClosed = false;
  private readonly told = new Set<string>();

  private constructor(
    private readonly ofCall: readonly RuleGroup[],
    private readonly apps: AppTable,
    private readonly hooks: RuleWatchHooks,
  ) {
    this.inForce = joinRules(ofCall, [], null, apps, Date.now());
  }

  /**
   * Reads the rules and follows them from then on. Throws DpiError as `loadRules` does; a Redis that is down where a
   * copy of its rules stands in is followed once it is there. A file that was named must exist, unless
   * its choice says `mayBeMissing`.
   */
  static async start(choice: RuleChoice, apps: AppTable, hooks: RuleWatchHooks): Promise<RuleWatch> {
    const watch = new RuleWatch(parseRules(choice.ofCall, appNamesOf(apps), Date.now()), apps, hooks);
    if (choice.stored === null) return watch;
    try {
      const { openRuleStore } = await import('../../adapters/stores/open-rule-store.js');
      // Followed first: a change between the reading and the following would be lost.
      await watch.follow(openRuleStore(choice.stored, choice.env), 0);
      await watch.readFirst(choice.stored, choice);
    } catch (error) {
      await watch.close();
      throw error;
    }
    return watch;
  }

  /** Puts rules in force that the caller has just read from the store, without waiting for the store's notice. */
  take(store: RuleStore, rules: StoredRules): void {
    this.changed(store, rules);
  }

  /** Stops following; `changed` is not called any more. */
  async close(): Promise<void> {
    this.isClosed = true;
    if (this.expiryTimer !== null) clearTimeout(this.expiryTimer);
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    await this.stopFollowing?.();
    await this.copying;
  }

  private async readFirst(stored: StoreChoice, { env, strict }: RuleChoice): Promise<void> {
    let warnings: readonly string[] = [];
    if (isStoreThere(stored, env)) {
      const { openRuleStore, loadStoredRules } = await import('../../adapters/stores/open-rule-store.js');
      const loaded = await loadStoredRules(openRuleStore(stored, env), { nowMs: Date.now(), strict });
      warnings = loaded.warnings;
      // A change that arrived meanwhile is newer.
      if (!this.hasChanged) this.stored = loaded.groups;
      this.storeName = loaded.store;
    }
    this.join();
    for (const warning of this.inForce.warnings) this.told.add(warning);
    this.inForce = { ...this.inForce, warnings: [...warnings, ...this.inForce.warnings] };
  }

  /** Follows the store; where that fails, and for a folder that does not exist, tries again after a while. */
  private async follow(store: RuleStore, failures: number): Promise<void> {
    if (store.kind === 'json' && !existsSync(dirname(store.describe()))) {
      this.followLater(store, 1, FOLDER_LOOK_MS);
      return;
    }
    try {
      const stop = await store.watch(
        (rules) => this.changed(store, rules),
        (error) => this.failed(store, error),
      );
      if (this.isClosed) await stop();
      else this.stopFollowing = stop;
      if (failures > 0) this.changed(store, await store.load());
    } catch (error) {
      // `readFirst` reports the first failure.
      if (failures > 0) this.failed(store, error as Error);
      this.isDown = true;
      if (this.stopFollowing === null) {
        this.followLater(store, failures + 1, Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS));
      }
    } finally {
      await store.close();
    }
  }

  private followLater(store: RuleStore, failures: number, waitMs: number): void {
    if (this.isClosed) return;
    this.retryTimer = setTimeout(() => void this.follow(store, failures), waitMs).unref();
  }

  private changed(store: RuleStore, rules: StoredRules): void {
    if (this.isClosed) return;
    this.hasChanged = true;
    this.isDown = false;
    this.stored = rules.groups;
    this.storeName = store.describe();
    this.keepCopy(store, rules);
    this.tellChange();
  }

  private failed(store: RuleStore, error: Error): void {
    if (this.isClosed || this.isDown) return;
    this.isDown = true;
    const what = error instanceof DpiError ? error.message : `can't follow ${store.describe()}: ${error.message}`;
    this.hooks.warn(`${what}; the rules that were read before stay in force`);
  }

  private tellChange(): void {
    this.join();
    for (const warning of this.inForce.warnings) this.warnOnce(warning);
    this.hooks.changed(this.inForce);
  }

  /** Compiles the rules that have not expired, and waits for the next that will. */
  private join(): void {
    const nowMs = Date.now();
    this.inForce = joinRules(this.ofCall, this.stored, this.storeName, this.apps, nowMs);
    if (this.expiryTimer !== null) clearTimeout(this.expiryTimer);
    this.expiryTimer = null;
    const expiries = this.stored.flatMap((group) => (isExpired(group, nowMs) ? [] : (group.expiresMs ?? [])));
    if (expiries.length > 0) this.expireAt(expiries.reduce((first, one) => Math.min(first, one)));
  }

  private expireAt(expiresMs: number): void {
    const waitMs = Math.min(Math.max(expiresMs - Date.now(), 1), LONGEST_TIMER_MS);
    this.expiryTimer = setTimeout(() => {
      if (Date.now() < expiresMs) this.expireAt(expiresMs);
      else this.tellChange();
    }, waitMs).unref();
  }

  /** Keeps a copy for times when Redis can't be reached. */
  private keepCopy(store: RuleStore, rules: StoredRules): void {
    if (store.kind !== 'redis') return;
    this.copying = this.copying.then(async () => {
      const { keepCopy } = await import('../../adapters/stores/open-rule-store.js');
      for (const warning of await keepCopy(store, rules, Date.now())) this.warnOnce(warning);
    });
  }

  private warnOnce(sentence: string): void {
    if (this.told.has(sentence) || this.told.size >= MOST_SENTENCES) return;
    this.told.add(sentence);
    this.hooks.warn(sentence);
  }
}
