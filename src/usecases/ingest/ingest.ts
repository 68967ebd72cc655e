import { IngestEngine as Engine } from '../../core/ingest/ingest-engine.js';
import type { ReportSummary } from '../../core/report/model.js';
import { GENERATOR } from '../../system/version.js';
import type { RuleWatch } from '../rules/rule-watch.js';
import { openFollowingRun, type RunOptions } from '../shared/run.js';

export interface IngestSetup extends RunOptions {
  /** Ended connections kept for listings; none by default. */
  readonly keepEnded?: number;
  /** Called with sentences for the operator while it runs. */
  readonly onWarning?: (sentence: string) => void;
}

/** The engine without its inner parts. */
export type IngestEngine = Pick<Engine, 'ingest' | 'replaceRules' | 'connections' | 'listedConnections' | 'totals'>;

/** An engine for events that follows the rules of a store as they change. */
export class Ingest {
  private constructor(
    private readonly eventEngine: Engine,
    private readonly watch: RuleWatch | null,
    /** Sentences about app files and rules, as read at the start. */
    readonly warnings: readonly string[],
  ) {}

  get engine(): IngestEngine {
    return this.eventEngine;
  }

  /** Rejects with a DpiError for an app file or rules that can't be read. */
  static async open(setup: IngestSetup = {}): Promise<Ingest> {
    let engine: Engine | null = null;
    const run = await openFollowingRun(setup, () => null, {
      changed: ({ rules }) => engine?.replaceRules(rules),
      warn: (sentence) => setup.onWarning?.(sentence),
    });
    engine = new Engine({ ...run.engine, keepEnded: setup.keepEnded });
    return new Ingest(engine, run.watch, run.warnings);
  }

  /** Ends all connections and sums up. */
  async end(): Promise<ReportSummary> {
    await this.close();
    return this.eventEngine.end(GENERATOR, this.watch?.inForce ?? null);
  }

  /** Stops following the rules. */
  async close(): Promise<void> {
    await this.watch?.close();
  }
}
