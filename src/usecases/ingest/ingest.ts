import { DEFAULT_LIMITS, type Limits } from '../../core/engine/options.js';
import { IngestEngine } from '../../core/ingest/ingest-engine.js';
import type { ReportSummary } from '../../core/report/model.js';
import { hashSeed } from '../../system/hash-seed.js';
import { GENERATOR } from '../../system/version.js';
import { RuleWatch } from '../rules/rule-watch.js';
import type { RuleChoice, RulesInForce } from '../rules/rules-in-force.js';
import { loadApps } from '../shared/load-apps.js';

export interface IngestSetup {
  /** Files of further apps, on top of the built-in ones. */
  readonly appsFiles?: readonly string[];
  /** Which rules to apply, and to follow as they change; none by default. */
  readonly rules?: RuleChoice;
  readonly limits?: Partial<Limits>;
  /** Ended connections kept for listings; none by default. */
  readonly keepEnded?: number;
  /** Told in sentences what an operator should know while it runs. */
  readonly onWarning?: (sentence: string) => void;
}

/** An engine for events that goes by the rules of a store as they change. */
export class Ingest {
  /** Sentences about what was read at the start. */
  readonly warnings: readonly string[];

  private constructor(
    readonly engine: IngestEngine,
    private readonly watch: RuleWatch | null,
    warnings: readonly string[],
  ) {
    this.warnings = [...warnings, ...(watch === null ? [] : watch.inForce.warnings)];
  }

  /** Throws DpiError for an app file or rules that can't be read. */
  static async open(setup: IngestSetup = {}): Promise<Ingest> {
    const warnings: string[] = [];
    const apps = await loadApps(setup.appsFiles ?? [], (warning) => warnings.push(warning));
    let engine: IngestEngine | null = null;
    const hooks = {
      changed: ({ rules }: RulesInForce) => engine?.replaceRules(rules),
      warn: (sentence: string) => setup.onWarning?.(sentence),
    };
    const watch = setup.rules === undefined ? null : await RuleWatch.start(setup.rules, apps, hooks);
    engine = new IngestEngine({
      apps,
      seed: hashSeed(),
      rules: watch?.inForce.rules,
      limits: { ...DEFAULT_LIMITS, ...setup.limits },
      keepEnded: setup.keepEnded,
    });
    return new Ingest(engine, watch, warnings);
  }

  /** Ends all connections and sums up. */
  async end(): Promise<ReportSummary> {
    await this.close();
    return this.engine.end(GENERATOR, this.watch?.inForce.store ?? null);
  }

  /** Stops following the rules. */
  async close(): Promise<void> {
    await this.watch?.close();
  }
}
