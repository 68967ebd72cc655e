import type { AppTable } from '../core/classify/app-table.js';
import type { Limits } from '../core/engine/options.js';
import { appNamesOf } from '../core/policy/app-names.js';
import { RuleWatch } from '../usecases/rules/rule-watch.js';
import type { RuleChoice } from '../usecases/rules/rules-in-force.js';
import { openRuleStore } from './compose.js';
import { ServerMetrics } from './metrics.js';
import { RuleCache } from './rule-cache.js';
import { RuleService } from './rule-service.js';
import { ServerStats } from './server-stats.js';
import { StoreProbe } from './store-probe.js';

/** A store that was just read has answered by then, so that the first `/health` knows. */
const FIRST_PROBE_MS = 500;

/** What lives as long as the server and is shared by its routes. */
export interface RunningServices {
  /** What the server has seen. */
  readonly traffic: ServerStats;
  readonly metrics: ServerMetrics;
  /** Where the stored rules are read and changed; null under `--no-stored-rules`. */
  readonly desk: RuleService | null;
  /** Whether the store answers; null where there is none. */
  readonly probe: StoreProbe | null;
  /** Ends what goes on by itself: connections to the store, timers. */
  close(): Promise<void>;
}

/**
 * Puts the rules in force and has them follow their store. `warn` gets sentences without their full stops, now and
 * later. Throws DpiError where the rules can't be read.
 */
export async function openServices(
  choice: RuleChoice,
  apps: AppTable,
  limits: Limits,
  warn: (sentence: string) => void,
): Promise<RunningServices> {
  const { stored, env } = choice;
  const openStore = stored === null ? null : () => openRuleStore(stored, env);
  let watch: RuleWatch | null = null;
  const follower = openStore === null ? null : new RuleCache(openStore(), () => watch);
  const traffic = new ServerStats(apps, limits);
  watch = await RuleWatch.start(choice, apps, {
    changed: ({ rules }) => {
      follower?.forget();
      traffic.engine.replaceRules(rules);
    },
    warn,
  });
  watch.inForce.warnings.forEach(warn);
  traffic.engine.replaceRules(watch.inForce.rules);
  const probe = openStore === null ? null : new StoreProbe(openStore());
  await probe?.check(FIRST_PROBE_MS);
  const desk = openStore === null || follower === null ? null : new RuleService(openStore, appNamesOf(apps), follower);
  const metrics = new ServerMetrics(traffic, probe, () => watch.inForce.rules.size);
  const close = async (): Promise<void> => {
    await Promise.all([watch.close(), desk?.close(), probe?.close()]);
  };
  return { traffic, metrics, desk, probe, close };
}
