import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StoreChoice } from '../../adapters/stores/open-rule-store.js';
import { RuleMemory } from '../../adapters/stores/rule-memory.js';
import type { AppTable } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { inTurns } from '../../core/common/turns.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { countRules, isExpired, type RuleGroup } from '../../core/policy/rule.js';
import type { RuleSet } from '../../core/policy/rule-set.js';
import { MANY_RULES, RuleBook } from '../../rules/rule-book.js';
import type { RuleStore, StoredRules } from '../../rules/rule-store.js';
import { CopyKeeper } from './copy-keeper.js';
import {
  changeRules,
  isStoreThere,
  type JoinedBook,
  joinInSteps,
  joinRules,
  parseRules,
  type RuleChoice,
  type RulesInForce,
  unknownApps,
} from './rules-in-force.js';

/** How often to look for the folder of a rules file while it does not exist. */
const FOLDER_LOOK_MS = 50;
/** First and longest wait between attempts to follow a Redis that could not be reached at the start. */
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 1000;
/** Later expiries are checked again in between, because the clock may be set. */
const LONGEST_TIMER_MS = 30_000;
/** Most different warnings, so that a store that changes all the time can't fill the memory. */
const MOST_SENTENCES = 1000;
const NOTHING_STORED: StoredRules = { version: 0, groups: [] };

export interface RuleWatchHooks {
  /** Called when other rules come into force. */
  changed(inForce: RulesInForce): void;
  /** Called with a sentence without its full stop: at most one per outage and one per ineffective rule. */
  warn(sentence: string): void;
}

/**
 * The rules in force while a process runs: command-line rules, and stored rules as the store changes. A store that
 * can't be read (a damaged file, a lost Redis) leaves the rules as they were. An expiry takes effect by the clock. A
 * change comes into force after some 20 ms and the time to compile the rules. Many rules are changed in the compiled
 * set, or compiled in steps between which the event loop turns. Timers don't keep the process alive; Redis does.
 */
export class RuleWatch {
  /** The current rules; `warnings` are those of the first reading. */
  inForce: RulesInForce;
  private stored: StoredRules = NOTHING_STORED;
  /** What `inForce` was made of, where its rules are many. */
  private joined: JoinedBook | null = null;
  private joining: Promise<void> | null = null;
  /** `inForce` is to be made anew. */
  private isStale = false;
  private storeName: string | null = null;
  private stopFollowing: (() => Promise<void>) | null = null;
  private expiryTimer: NodeJS.Timeout | null = null;
  private retryTimer: NodeJS.Timeout | null = null;
  private readonly copies = new CopyKeeper((warning) => this.warnOnce(warning));
  private hasChanged = false;
  private isDown = false;
  private isClosed = false;
  private readonly told = new Set<string>();

  private constructor(
    private readonly ofCall: readonly RuleGroup[],
    private readonly apps: AppTable,
    private readonly hooks: RuleWatchHooks,
    private readonly memory: RuleMemory,
  ) {
    this.inForce = joinRules(ofCall, [], null, apps, Date.now());
  }

  /**
   * Reads the rules and follows them from then on. Throws DpiError as `loadRules` does; a Redis that is down where a
   * copy of its rules stands in is followed once it is there. A file that was named must exist, unless
   * its choice says `mayBeMissing`. `memory` is that of other stores that the process opens on the same place.
   */
  static async start(
    choice: RuleChoice,
    apps: AppTable,
    hooks: RuleWatchHooks,
    memory = new RuleMemory(),
  ): Promise<RuleWatch> {
    const watch = new RuleWatch(parseRules(choice.ofCall, appNamesOf(apps), Date.now()), apps, hooks, memory);
    if (choice.stored === null) return watch;
    try {
      const { openRuleStore } = await import('../../adapters/stores/open-rule-store.js');
      // Followed first: a change between the reading and the following would be lost.
      await watch.follow(openRuleStore(choice.stored, choice.env, memory), 0);
      await watch.readFirst(choice.stored, choice);
    } catch (error) {
      await watch.close();
      throw error;
    }
    return watch;
  }

  /**
   * Puts rules in force that the caller has just read from the store, without waiting for the store's notice. They are
   * in force when it resolves.
   */
  take(store: RuleStore, rules: StoredRules): Promise<void> {
    return this.changed(store, rules);
  }

  /** Stops following; `changed` is not called any more. */
  async close(): Promise<void> {
    this.isClosed = true;
    if (this.expiryTimer !== null) clearTimeout(this.expiryTimer);
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    await this.stopFollowing?.();
    await this.joining;
    await this.copies.close();
  }

  private async readFirst(stored: StoreChoice, { env, strict }: RuleChoice): Promise<void> {
    let warnings: readonly string[] = [];
    if (isStoreThere(stored, env)) {
      const { openRuleStore, loadStoredRules } = await import('../../adapters/stores/open-rule-store.js');
      const loaded = await loadStoredRules(openRuleStore(stored, env, this.memory), { nowMs: Date.now(), strict });
      warnings = loaded.warnings;
      // A change that arrived meanwhile is newer.
      if (!this.hasChanged) this.stored = loaded.rules;
      this.storeName = loaded.store;
    }
    await this.join();
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
        (rules) => void this.changed(store, rules),
        (error) => this.failed(store, error),
      );
      if (this.isClosed) await stop();
      else this.stopFollowing = stop;
      if (failures > 0) await this.changed(store, await store.load());
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

  private changed(store: RuleStore, rules: StoredRules): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    this.hasChanged = true;
    this.isDown = false;
    this.storeName = store.describe();
    if (rules === this.stored) return this.joining ?? Promise.resolve();
    this.stored = rules;
    this.copies.keep(store, rules);
    return this.tellChange();
  }

  private failed(store: RuleStore, error: Error): void {
    if (this.isClosed || this.isDown) return;
    this.isDown = true;
    const what = error instanceof DpiError ? error.message : `can't follow ${store.describe()}: ${error.message}`;
    this.hooks.warn(`${what}; the rules that were read before stay in force`);
  }

  private async tellChange(): Promise<void> {
    await this.join(() => {
      for (const warning of this.inForce.warnings) this.warnOnce(warning);
      this.hooks.changed(this.inForce);
    });
  }

  /** Compiles the rules that have not expired, and waits for the next that will. Few rules are compiled at once. */
  private join(tell = (): void => {}): Promise<void> {
    if (this.joining === null && countRules(this.stored.groups) < MANY_RULES) {
      this.joined = null;
      this.putInForce(joinRules(this.ofCall, this.stored.groups, this.storeName, this.apps, Date.now()), Date.now());
      tell();
      return Promise.resolve();
    }
    this.isStale = true;
    this.joining ??= this.joinMany(tell).finally(() => {
      this.joining = null;
    });
    return this.joining;
  }

  private async joinMany(tell: () => void): Promise<void> {
    while (this.isStale && !this.isClosed) {
      this.isStale = false;
      const { stored } = this;
      const nowMs = Date.now();
      const joined = stored instanceof RuleBook ? { book: stored, nowMs } : null;
      const rules = this.changedRules(joined) ?? (await inTurns(joinInSteps(this.ofCall, stored.groups, nowMs)));
      this.joined = joined;
      const ofCall = countRules(this.ofCall);
      const warnings = unknownApps(stored.groups, this.apps);
      this.putInForce({ rules, store: this.storeName, ofCall, warnings }, nowMs);
      if (!this.isClosed) tell();
    }
  }

  private changedRules(after: JoinedBook | null): RuleSet | null {
    const before = this.joined;
    return before === null || after === null ? null : changeRules(this.inForce.rules, this.ofCall, before, after);
  }

  private putInForce(inForce: RulesInForce, nowMs: number): void {
    this.inForce = inForce;
    if (this.expiryTimer !== null) clearTimeout(this.expiryTimer);
    this.expiryTimer = null;
    let next = Number.POSITIVE_INFINITY;
    for (const group of this.stored.groups) {
      if (group.expiresMs !== null && !isExpired(group, nowMs)) next = Math.min(next, group.expiresMs);
    }
    if (next !== Number.POSITIVE_INFINITY && !this.isClosed) this.expireAt(next);
  }

  private expireAt(expiresMs: number): void {
    const waitMs = Math.min(Math.max(expiresMs - Date.now(), 1), LONGEST_TIMER_MS);
    this.expiryTimer = setTimeout(() => {
      if (Date.now() < expiresMs) this.expireAt(expiresMs);
      else void this.tellChange();
    }, waitMs).unref();
  }

  private warnOnce(sentence: string): void {
    if (this.told.has(sentence) || this.told.size >= MOST_SENTENCES) return;
    this.told.add(sentence);
    this.hooks.warn(sentence);
  }
}
