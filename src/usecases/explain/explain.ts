import { statSync } from 'node:fs';
import { DpiError, EXIT_DAMAGED, EXIT_DONE } from '../../core/common/error.js';
import { DEFAULT_LIMITS, type Limits, Pipeline } from '../../core/engine/pipeline.js';
import { Explainer } from '../../core/explain/explainer.js';
import { explanationOf } from '../../core/explain/explanation.js';
import type { ExplainCounts, Explanation } from '../../core/explain/model.js';
import { type ExplainQuery, matchesQuery, parseExplainQuery, queryText } from '../../core/explain/query.js';
import { NO_RULES } from '../../core/policy/rule-set.js';
import type { ConnectionRecord } from '../../core/report/model.js';
import { hashSeed } from '../../system/hash-seed.js';
import type { AnalyzeProgress } from '../analyze/analyze-types.js';
import { loadRules, type RuleChoice } from '../rules/rules-in-force.js';
import { CaptureRun, type RunHooks, totalLenOf } from '../shared/capture-run.js';
import { loadApps } from '../shared/load-apps.js';

/** Connections ended at a time when the input is over. */
const DRAIN_STEP = 2000;

/** How an explanation is watched and steered; as for an analysis. */
export interface ExplainOptions extends Omit<RunHooks, 'onProgress'> {
  /** A host, an app, an address or a connection's id. */
  what: string;
  /** Most connections to explain; the first ones are. Infinity for all. */
  limit: number;
  /** Told in the order of the connections' ids. */
  onExplanation: (explanation: Explanation) => void;
  onProgress?: (progress: AnalyzeProgress) => void;
  appsFiles?: readonly string[];
  rules?: RuleChoice;
  limits?: Partial<Limits>;
}

export interface ExplainResult extends ExplainCounts {
  warnings: string[];
  /** 0; 3 when part of the input was damaged. */
  exitCode: number;
}

/**
 * Explains how connections came to their labels. Reads the captures twice: to find the connections, then to see where
 * their names lie. Rejects with a DpiError for what can't be read, or can't be read twice.
 */
export async function explainConnections(inputs: readonly string[], options: ExplainOptions): Promise<ExplainResult> {
  for (const input of inputs) refusePipe(input);
  const warnings: string[] = [];
  const apps = await loadApps(options.appsFiles ?? [], (warning) => warnings.push(warning));
  const query = parseExplainQuery(options.what, apps);
  const inForce = options.rules === undefined ? null : await loadRules(options.rules, apps);
  const seed = hashSeed();
  const totalLen = totalLenOf(inputs);
  const progress = new TwoPasses(options.onProgress, totalLen);

  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const search = new Search(query, options.limit);
  const finder = new Pipeline({ apps, seed, limits, top: 0, onConnection: (record) => search.take(record) });
  const first = new CaptureRun(finder, { ...options, onProgress: progress.hook(0) }, totalLen);
  await readAll(inputs, first, finder, options);

  const found = search.found();
  if (found.length > 0 && !options.signal?.aborted) {
    const explainer = new Explainer(
      new Set(found.map(({ id }) => id)),
      new Set(found.map((one) => `${one.src_ip} ${one.dst_ip}`)),
    );
    const rules = inForce?.rules ?? NO_RULES;
    const order = new InOrder(found, options.onExplanation);
    const pipeline = new Pipeline({
      apps,
      seed,
      limits,
      rules,
      top: 0,
      handshakes: true,
      observer: explainer,
      onConnection: (record) => {
        const trace = explainer.traces.get(record.id);
        if (trace === undefined) return;
        explainer.traces.delete(record.id);
        order.add(explanationOf(record, trace, explainer.answers, apps, rules));
      },
    });
    const second = new CaptureRun(pipeline, { ...options, onProgress: progress.hook(1) }, totalLen);
    await readAll(inputs, second, pipeline, options, explainer);
  }
  warnings.push(...(inForce?.warnings ?? []));
  for (const { name, damage } of first.rows) if (damage !== null) warnings.push(`${name}: ${damage}`);
  return {
    query: queryText(query),
    matched: search.matched,
    shown: found.length,
    connections: search.connections,
    warnings,
    exitCode: first.isDamaged ? EXIT_DAMAGED : EXIT_DONE,
  };
}

/** The same bytes have to come twice. */
function refusePipe(input: string): void {
  const stat = input === '-' ? undefined : statSync(input, { throwIfNoEntry: false });
  if (input !== '-' && (stat === undefined || stat.isFile() || stat.isDirectory())) return;
  const what = input === '-' ? 'standard input' : input;
  throw new DpiError(
    'usage',
    `--explain reads the capture twice, and ${what} can be read only once; save it to a file`,
  );
}

async function readAll(
  inputs: readonly string[],
  run: CaptureRun,
  pipeline: Pipeline,
  options: ExplainOptions,
  explainer?: Explainer,
): Promise<void> {
  for (const name of inputs) {
    if (options.signal?.aborted) break;
    if (explainer !== undefined) explainer.input = { name };
    await run.read(name);
  }
  while (pipeline.drain(DRAIN_STEP)) await run.pause();
  await options.drain?.();
}

/** The first pass: which connections are asked about. */
class Search {
  matched = 0;
  connections = 0;
  private matches: ConnectionRecord[] = [];

  constructor(
    private readonly query: ExplainQuery,
    private readonly limit: number,
  ) {}

  /** The first of them by id. */
  found(): ConnectionRecord[] {
    return this.matches.sort((a, b) => a.id - b.id).slice(0, this.limit);
  }

  take(record: ConnectionRecord): void {
    this.connections++;
    if (!matchesQuery(this.query, record)) return;
    this.matched++;
    this.matches.push(record);
    // Connections end in another order than they begin.
    if (this.matches.length > this.limit * 2 + 1000) this.matches = this.found();
  }
}

/** Hands explanations on in the order of the connections' ids. */
class InOrder {
  private readonly waiting = new Map<number, Explanation>();
  private next = 0;

  constructor(
    private readonly found: readonly ConnectionRecord[],
    private readonly tell: (explanation: Explanation) => void,
  ) {}

  add(explanation: Explanation): void {
    this.waiting.set(explanation.connection.id, explanation);
    for (; this.next < this.found.length; this.next++) {
      const { id } = this.found[this.next]!;
      const ready = this.waiting.get(id);
      if (ready === undefined) return;
      this.waiting.delete(id);
      this.tell(ready);
    }
  }
}

/** Shows the progress of two passes as that of one. */
class TwoPasses {
  constructor(
    private readonly tell: ((progress: AnalyzeProgress) => void) | undefined,
    private readonly totalLen: number | null,
  ) {}

  hook(pass: number): ((progress: AnalyzeProgress) => void) | undefined {
    const { tell, totalLen } = this;
    if (tell === undefined) return undefined;
    return ({ bytesRead, packets }) =>
      tell({
        bytesRead: bytesRead + pass * (totalLen ?? 0),
        totalLen: totalLen === null ? null : totalLen * 2,
        packets,
      });
  }
}
