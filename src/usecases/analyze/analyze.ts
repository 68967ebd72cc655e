import type { CaptureInput } from '../../adapters/sources/raw-input.js';
import { Pipeline, type PipelineOptions } from '../../core/engine/pipeline.js';
import { summarise } from '../../core/engine/summary.js';
import { NameBytesObserver } from '../../core/explain/name-bytes-observer.js';
import { ALL_FACTS } from '../../core/report/all-facts.js';
import { InputFrames } from '../../core/report/input-frames.js';
import type { ConnectionRecord } from '../../core/report/model.js';
import { GENERATOR } from '../../system/version.js';
import { CaptureRun, totalLenOf } from '../shared/capture-run.js';
import { bothOf, parseConditions } from '../shared/conditions.js';
import { gathered } from '../shared/gathered.js';
import { finishRun, openRun } from '../shared/run.js';
import type { AnalyzeOptions, AnalyzeResult } from './analyze-types.js';

const DEFAULT_TOP = 10;

/**
 * Reads captures (`-` is stdin) as one, in the order given, and reports. Memory does not grow with their length.
 * Rejects with a DpiError for what can't be read at all; damage is reported, see `isDamaged`.
 */
export async function analyzeCaptures(
  inputs: readonly CaptureInput[],
  options: AnalyzeOptions = {},
): Promise<AnalyzeResult> {
  const totalLen = totalLenOf(inputs);
  const run = await openRun(options, (apps) => parseConditions(options, apps));
  const { conditions } = run.parsed;
  const nameBytes = options.nameBytes ? new NameBytesObserver() : null;
  const onConnection = bothOf(run.parsed.onConnection, listenerOf(options, nameBytes));
  const frames = inputs.length > 1 ? new InputFrames() : undefined;
  const pipelineOptions: PipelineOptions = {
    ...run.engine,
    onConnection,
    // The conditions keep no record.
    reusesRecord: options.reusesRecord ?? options.onConnection === undefined,
    ...gathered(
      run.selection,
      {
        facts: { ...(options.facts ?? ALL_FACTS), intervalMicros: (options.intervalMs ?? 0) * 1000 },
        handshakes: onConnection !== undefined || options.handshakes,
      },
      options.sort === 'rtt' ? ['quality'] : [],
    ),
    frames,
    observer: nameBytes ?? undefined,
    top: options.top ?? DEFAULT_TOP,
    sort: options.sort,
  };
  const pipeline = new Pipeline(pipelineOptions);
  const reading = new CaptureRun(pipeline, { ...options, frames }, totalLen);
  await reading.readAll(inputs, pipeline);
  const { rows } = reading;
  await options.drain?.();

  const { recognition } = pipeline;
  // The conditions ask about all names.
  const topDomains = conditions.length === 0 ? options.topDomains : undefined;
  const summary = summarise(pipeline, rows, GENERATOR, run.inForce.rules, run.inForce, topDomains);
  const isDamaged = rows.some(({ damage }) => damage !== null);
  finishRun(run, conditions, summary);
  const domainCount = recognition.report.domainCount(recognition.limits.maxDomainRows);
  const hostCount = recognition.facts?.hosts?.table.used ?? 0;
  const top = recognition.largest.sorted();
  return { summary, top, domainCount, hostCount, isDamaged, proofs: run.parsed.proofs };
}

/** Takes each connection that ends to the caller's listener. */
function listenerOf(
  { onConnection }: AnalyzeOptions,
  nameBytes: NameBytesObserver | null,
): ((connection: ConnectionRecord) => void) | undefined {
  if (onConnection === undefined) return undefined;
  return (connection) => onConnection(connection, nameBytes?.take(connection) ?? null);
}
