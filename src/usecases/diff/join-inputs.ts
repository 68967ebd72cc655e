import { joinCaptures } from '../../core/diff/join-captures.js';
import type { JoinReport } from '../../core/diff/join-model.js';
import { JoinRecorder } from '../../core/diff/join-recorder.js';
import { Pipeline } from '../../core/engine/pipeline.js';
import { summarise } from '../../core/engine/summary.js';
import { SCHEMA_VERSION } from '../../core/report/model.js';
import { GENERATOR } from '../../system/version.js';
import { CaptureRun, totalLenOf } from '../shared/capture-run.js';
import type { OnProgress } from '../shared/progress.js';
import { openRun, type RunOptions } from '../shared/run.js';

export interface JoinOptions extends RunOptions {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** Follows the connections of one capture to another point of their path. Rejects with a DpiError. */
export async function joinInputs(
  from: string,
  to: string,
  options: JoinOptions,
): Promise<{ join: JoinReport; isDamaged: boolean }> {
  const a = await record(from, options);
  const b = await record(to, options);
  const refused = a.recorder.refused + b.recorder.refused;
  const warnings = [...new Set([...a.warnings, ...b.warnings])];
  if (refused > 0) warnings.push(`${refused} connections are more than can be followed`);
  const join: JoinReport = {
    schema_version: SCHEMA_VERSION,
    generator: GENERATOR,
    a: a.side,
    b: b.side,
    ...joinCaptures(a.recorder.traces, b.recorder.traces),
    warnings,
  };
  return { join, isDamaged: a.isDamaged || b.isDamaged };
}

async function record(input: string, options: JoinOptions) {
  const run = await openRun(options, () => null);
  const recorder = new JoinRecorder();
  const pipeline = new Pipeline({
    ...run.engine,
    facts: { packets: true },
    observer: recorder,
    onConnection: (connection) => recorder.ended(connection),
    top: 0,
  });
  const reading = new CaptureRun(pipeline, options, totalLenOf([input]));
  await reading.readAll([input], pipeline);
  const summary = summarise(pipeline, reading.rows, GENERATOR, run.inForce.rules, run.inForce, 0);
  const side = { input, packets: summary.total_packets, connections: summary.total_connections };
  return { recorder, side, warnings: [...run.warnings, ...summary.warnings], isDamaged: reading.isDamaged };
}
