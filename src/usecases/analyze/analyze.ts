import type { CaptureInput } from '../../adapters/sources/raw-input.js';
import { Pipeline, type PipelineOptions } from '../../core/engine/pipeline.js';
import type { Analysis } from '../../core/engine/recognition.js';
import { summarise } from '../../core/engine/summary.js';
import type { InputRow } from '../../core/report/model.js';
import { GENERATOR } from '../../system/version.js';
import { CaptureRun, totalLenOf } from '../shared/capture-run.js';
import { bothOf, parseConditions } from '../shared/conditions.js';
import { finishRun, openRun } from '../shared/run.js';
import type { AnalyzeOptions, AnalyzeResult } from './analyze-types.js';
import type { ReaderThread } from './reader-thread.js';
import { threadsFor } from './threads-for.js';

const DEFAULT_TOP = 10;

/** The engine after all captures were read, and a row for each. */
interface Analysed {
  readonly analysis: Analysis;
  readonly rows: InputRow[];
}

/**
 * Reads captures (`-` is stdin) as one, in the order given, and reports. Memory does not grow with their length.
 * Rejects with a DpiError for what can't be read at all; damage is reported, see `isDamaged`.
 */
export async function analyzeCaptures(
  inputs: readonly CaptureInput[],
  options: AnalyzeOptions = {},
): Promise<AnalyzeResult> {
  const totalLen = totalLenOf(inputs);
  // Starts while the apps and rules load.
  const threads = await threadsFor(inputs, totalLen, options.jobs ?? defaultJobs(options));
  const thread = threads === 2 ? await startThread() : null;
  try {
    return await analyseWith(thread, inputs, totalLen, options);
  } finally {
    thread?.close();
  }
}

/** Loads the code for two threads only if it is used. */
async function startThread(): Promise<ReaderThread> {
  const { ReaderThread } = await import('./reader-thread.js');
  return new ReaderThread();
}

/** Records of all connections are most of the work, and only one of the threads makes them: a second gains nothing. */
function defaultJobs({ onConnection }: AnalyzeOptions): number | null {
  return onConnection === undefined ? null : 1;
}

async function analyseWith(
  thread: ReaderThread | null,
  inputs: readonly CaptureInput[],
  totalLen: number | null,
  options: AnalyzeOptions,
): Promise<AnalyzeResult> {
  const run = await openRun(options, (apps) => parseConditions(options, apps));
  const { conditions } = run.parsed;
  const onConnection = bothOf(run.parsed.onConnection, options.onConnection);
  const pipelineOptions: PipelineOptions = {
    ...run.engine,
    onConnection,
    // The conditions keep no record.
    reusesRecord: options.reusesRecord ?? options.onConnection === undefined,
    handshakes: onConnection !== undefined,
    top: options.top ?? DEFAULT_TOP,
  };
  const { analysis, rows } =
    thread === null
      ? await inOneThread(inputs, pipelineOptions, options, totalLen)
      : await inTwoThreads(thread, inputs as readonly string[], pipelineOptions, options, totalLen);
  await options.drain?.();

  const { recognition } = analysis;
  const { rules, store } = run.inForce;
  // The conditions ask about all names.
  const topDomains = conditions.length === 0 ? options.topDomains : undefined;
  const summary = summarise(analysis, rows, GENERATOR, rules, store, topDomains);
  const isDamaged = rows.some(({ damage }) => damage !== null);
  finishRun(run, conditions, summary);
  const domainCount = recognition.report.domainCount(recognition.limits.maxDomainRows);
  return { summary, top: recognition.largest.sorted(), domainCount, isDamaged };
}

/** Reads the captures and ends all connections. */
async function inOneThread(
  inputs: readonly CaptureInput[],
  pipelineOptions: PipelineOptions,
  options: AnalyzeOptions,
  totalLen: number | null,
): Promise<Analysed> {
  const analysis = new Pipeline(pipelineOptions);
  const reading = new CaptureRun(analysis, options, totalLen);
  await reading.readAll(inputs, analysis);
  return { analysis, rows: reading.rows };
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
