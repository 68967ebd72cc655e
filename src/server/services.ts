import type { AppTable } from '../core/classify/app-table.js';
import type { Limits } from '../core/engine/options.js';
import { appNamesOf } from '../core/policy/app-names.js';
import { jsonText } from '../render/safe-text.js';
import { RuleWatch } from '../usecases/rules/rule-watch.js';
import type { RuleChoice, RulesInForce } from '../usecases/rules/rules-in-force.js';
import { openRuleStore, RuleMemory } from './compose.js';
import { ServerMetrics } from './metrics.js';
import { News } from './news.js';
import { RuleCache } from './rule-cache.js';
import { RuleService } from './rule-service.js';
import { ServerStats } from './server-stats.js';
import { StoreProbe } from './store-probe.js';
import type { UploadPool } from './uploads/upload-pool.js';

/** The store was read just before, so it usually replies in time for the first `/health`. */
const FIRST_PROBE_MS = 500;

/** What the caller of `openServices` decides. */
export interface ServicesOptions {
  /** The built-in apps and those of `--apps`. */
  readonly apps: AppTable;
  /** Files of `--apps`, for workers, which read them themselves. */
  readonly appsFiles: readonly string[];
  /** The store to use and the command-line rules, which apply to every request. */
  readonly rules: RuleChoice;
  /** Threads that read captures. The caller closes them. */
  readonly uploads: UploadPool;
}

/** What routes work with. `openServices` makes it once per server; tests build their own. */
export interface ServerServices extends ServicesOptions {
  readonly stats: ServerStats;
  readonly metrics: ServerMetrics;
  /** Reads and changes the stored rules; null under `--no-stored-rules`. */
  readonly ruleService: RuleService | null;
  /** Tells pages when other rules come into force, and what `/ingest` is doing. */
  readonly news: News;
  /** Checks whether the store replies; null without a store. */
  readonly probe: StoreProbe | null;
  /** When the server started, milliseconds since the epoch. */
  readonly startedMs: number;
  /** Closes connections to the store and stops timers. */
  close(): Promise<void>;
}

/**
 * Puts the rules in force and keeps them in step with their store. `warn` gets sentences without their full stops, now
 * and later. Throws DpiError if the rules can't be read.
 */
export async function openServices(
  options: ServicesOptions,
  limits: Limits,
  warn: (sentence: string) => void,
): Promise<ServerServices> {
  const { apps, rules } = options;
  const { stored, env } = rules;
  const memory = new RuleMemory();
  const openStore = stored === null ? null : () => openRuleStore(stored, env, memory);
  const stats = new ServerStats(apps, limits);
  const news = new News(() => jsonText(stats.ingestState));
  let watch: RuleWatch | null = null;
  const cache = openStore === null ? null : new RuleCache(openStore(), () => watch);
  const changed = ({ rules: inForce }: RulesInForce): void => {
    cache?.forget();
    stats.engine.replaceRules(inForce);
    news.rulesChanged();
  };
  watch = await RuleWatch.start(rules, apps, { changed, warn }, memory);
  watch.inForce.warnings.forEach(warn);
  stats.engine.replaceRules(watch.inForce.rules);
  const probe = openStore === null ? null : new StoreProbe(openStore());
  await probe?.check(FIRST_PROBE_MS);
  const ruleService = openStore === null || cache === null ? null : new RuleService(openStore, appNamesOf(apps), cache);
  const metrics = new ServerMetrics(stats, probe, () => watch.inForce.rules.size);
  const close = async (): Promise<void> => {
    await Promise.all([watch.close(), ruleService?.close(), probe?.close()]);
  };
  return { ...options, stats, metrics, ruleService, news, probe, startedMs: Date.now(), close };
}
