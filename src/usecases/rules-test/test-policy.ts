import type { CaptureInput } from '../../adapters/sources/raw-input.js';
import { DpiError } from '../../core/common/error.js';
import { summarise } from '../../core/engine/summary.js';
import { PolicyTest } from '../../core/policy-test/policy-test.js';
import { InputFrames } from '../../core/report/input-frames.js';
import { SCHEMA_VERSION } from '../../core/report/model.js';
import type { PolicySummary } from '../../core/report/policy-model.js';
import { GENERATOR } from '../../system/version.js';
import type { RuleChoice } from '../rules/rules-in-force.js';
import { CaptureRun, totalLenOf } from '../shared/capture-run.js';
import { parsePolicyConditions } from '../shared/conditions.js';
import type { OnProgress } from '../shared/progress.js';
import { finishRun, openRun, type RunOptions } from '../shared/run.js';

export interface TestPolicyOptions extends RunOptions {
  readonly rules: RuleChoice;
  /** `--fail-on`: "escaped", "escaped:NAME", "hidden". */
  readonly failOn?: readonly string[];
  readonly onProgress?: OnProgress;
  /** Most bytes of all captures once unpacked; more reject with a DpiError. Unbounded unless given. */
  readonly maxInputLen?: number;
  /** Ends the run early: the summary covers what was read. */
  readonly signal?: AbortSignal;
}

export interface TestPolicyResult {
  readonly summary: PolicySummary;
  /** Part of the input was damaged: the warnings say which. */
  readonly isDamaged: boolean;
}

/**
 * Reads captures ("-" is stdin) as one and reports, for each target of the rules, the traffic that they would have
 * stopped and the traffic that would have passed. Rejects with a DpiError for an input that can't be read at all, and
 * when no rule blocks anything.
 */
export async function testPolicy(
  inputs: readonly CaptureInput[],
  options: TestPolicyOptions,
): Promise<TestPolicyResult> {
  const run = await openRun(options, (apps) => parsePolicyConditions(options.failOn ?? [], apps));
  const { rules, store } = run.inForce;
  if (!rules.blocksAnything) {
    const where = store === null ? 'no rules are stored' : `${store} has no rules that block`;
    throw new DpiError('no-rules', `there is nothing to test: ${where}, and the call names none (--block-app NAME)`);
  }
  const frames = inputs.length > 1 ? new InputFrames() : undefined;
  const test = new PolicyTest({ ...run.engine, facts: { packets: true }, frames });
  const reading = new CaptureRun(test, { ...options, frames }, totalLenOf(inputs));
  await reading.readAll(inputs, test.pipeline);

  const report = summarise(test.pipeline, reading.rows, GENERATOR, rules, run.inForce);
  const summary: PolicySummary = {
    schema_version: SCHEMA_VERSION,
    generator: GENERATOR,
    inputs: report.inputs,
    total_packets: report.total_packets,
    total_bytes: report.total_bytes,
    dropped_packets: report.dropped_packets,
    total_connections: report.total_connections,
    blocked_connections: report.blocked_connections,
    rules: report.rules,
    targets: test.tally.targetRows(report.unread.length === 0),
    escapes: test.tally.escapeRows(),
    hidden: test.tally.hiddenRows(),
    unread: report.unread,
    techniques: report.techniques,
    limits: report.limits,
    findings: [],
    warnings: report.warnings,
  };
  finishRun(run, run.parsed, summary);
  return { summary, isDamaged: reading.isDamaged };
}
