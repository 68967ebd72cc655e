import type { CaptureInput } from '../../adapters/sources/raw-input.js';
import { EXIT_DAMAGED, EXIT_DONE, EXIT_FOUND } from '../../core/common/error.js';
import { DEFAULT_LIMITS, Pipeline, type PipelineOptions } from '../../core/engine/pipeline.js';
import type { Analysis } from '../../core/engine/recognition.js';
import { summarise } from '../../core/engine/summary.js';
import { NO_RULES } from '../../core/policy/rule-set.js';
import type { InputRow } from '../../core/report/model.js';
import { hashSeed } from '../../system/hash-seed.js';
import { GENERATOR } from '../../system/version.js';
import { loadRules, type RulesInForce } from '../rules/rules-in-force.js';
import { CaptureRun, totalLenOf } from '../shared/capture-run.js';
import { parseConditions } from '../shared/fail-on.js';
import { loadApps } from '../shared/load-apps.js';
import type { AnalyzeOptions, AnalyzeResult } from './analyze-types.js';
import type { ReaderThread } from './reader-thread.js';
import { threadsFor } from './threads-for.js';

/**
 * Connections ended at a time when the input is over: what a report says of them fits the buffers that it is written
 * from.
 */
const DRAIN_STEP = 500;
const DEFAULT_TOP = 10;
const NONE_IN_FORCE: RulesInForce = { rules: NO_RULES, store: null, warnings: [] };

/** What is known of captures that were read, and what has been read, an input each. */
interface Analysed {
  readonly analysis: Analysis;
  readonly rows: InputRow[];
}

/**
 * Reads captures (`-` is stdin) as one, in the order given, and reports. Memory does not grow with their length.
 * Rejects with a DpiError for what can't be read at all; damage is told in the report and gives exit code 3.
 */
export async function analyzeCaptures(
  inputs: readonly CaptureInput[],
  options: AnalyzeOptions = {},
): Promise<AnalyzeResult> {
  const totalLen = totalLenOf(inputs);
  // Begins to start while everything else is loaded.
  const threads = await threadsFor(inputs, totalLen, options.jobs ?? defaultJobs(options));
  const thread = threads === 2 ? await startThread() : null;
  try {
    return await analyseWith(thread, inputs, totalLen, options);
  } finally {
    thread?.close();
  }
}

/** What only two threads need is loaded for them only. */
async function startThread(): Promise<ReaderThread> {
  const { ReaderThread } = await import('./reader-thread.js');
  return new ReaderThread();
}

/**
 * Where all connections are wanted, the second half of the work is too much of it for a second thread to gain anything.
 */
function defaultJobs({ onConnection }: AnalyzeOptions): number | null {
  return onConnection === undefined ? null : 1;
}

async function analyseWith(
  thread: ReaderThread | null,
  inputs: readonly CaptureInput[],
  totalLen: number | null,
  options: AnalyzeOptions,
): Promise<AnalyzeResult> {
  const warnings: string[] = [];
  const apps = await loadApps(options.appsFiles ?? [], (warning) => warnings.push(warning));
  const conditions = parseConditions(options.failOn ?? [], apps);
  const inForce = options.rules === undefined ? NONE_IN_FORCE : await loadRules(options.rules, apps);
  const pipelineOptions: PipelineOptions = {
    apps,
    seed: hashSeed(),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    rules: inForce.rules,
    onConnection: options.onConnection,
    reusesRecord: options.reusesRecord,
    handshakes: options.onConnection !== undefined,
    top: options.top ?? DEFAULT_TOP,
  };
  const { analysis, rows } =
    thread === null
      ? await inOneThread(inputs, pipelineOptions, options, totalLen)
      : await inTwoThreads(thread, inputs as readonly string[], pipelineOptions, options, totalLen);
  await options.drain?.();

  const { recognition } = analysis;
  const topDomains = conditions.length === 0 ? options.topDomains : undefined;
  const summary = summarise(analysis, rows, GENERATOR, inForce.rules, inForce.store, topDomains);
  summary.warnings.unshift(...warnings, ...inForce.warnings);
  summary.findings = conditions.map((condition) => condition(summary)).filter((finding) => finding !== null);
  const isDamaged = rows.some(({ damage }) => damage !== null);
  const exitCode = summary.findings.length > 0 ? EXIT_FOUND : isDamaged ? EXIT_DAMAGED : EXIT_DONE;
  const domainCount = recognition.report.domainCount(recognition.limits.maxDomainRows);
  return { summary, top: recognition.largest.sorted(), domainCount, exitCode };
}

/** Reads the captures and ends all connections. */
async function inOneThread(
  inputs: readonly CaptureInput[],
  pipelineOptions: PipelineOptions,
  options: AnalyzeOptions,
  totalLen: number | null,
): Promise<Analysed> {
  const analysis = new Pipeline(pipelineOptions);
  const run = new CaptureRun(analysis, options, totalLen);
  for (const input of inputs) {
    if (options.signal?.aborted) break;
    await run.read(input);
  }
  while (analysis.drain(DRAIN_STEP)) await run.pause();
  return { analysis, rows: run.rows };
}

async function inTwoThreads(
  thread: ReaderThread,
  paths: readonly string[],
  pipelineOptions: PipelineOptions,
  options: AnalyzeOptions,
  totalLen: number | null,
): Promise<Analysed> {
  const { TwoThreadAnalysis } = await import('./two-threads.js');
  const analysis = new TwoThreadAnalysis(pipelineOptions, thread);
  await analysis.run(paths, options, totalLen);
  return { analysis, rows: analysis.rows };
}
