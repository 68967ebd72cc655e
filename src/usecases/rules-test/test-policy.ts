import { DpiError, EXIT_DAMAGED, EXIT_DONE, EXIT_FOUND } from '../../core/common/error.js';
import { DEFAULT_LIMITS, type Limits } from '../../core/engine/options.js';
import { summarise } from '../../core/engine/summary.js';
import { PolicyTest } from '../../core/policy-test/policy-test.js';
import { POLICY_SCHEMA_VERSION, type PolicySummary } from '../../core/report/policy-model.js';
import { hashSeed } from '../../system/hash-seed.js';
import { GENERATOR } from '../../system/version.js';
import type { AnalyzeProgress } from '../analyze/analyze-types.js';
import { loadRules, type RuleChoice } from '../rules/rules-in-force.js';
import { CaptureRun, totalLenOf } from '../shared/capture-run.js';
import { loadApps } from '../shared/load-apps.js';
import { parsePolicyConditions } from '../shared/policy-conditions.js';

/** Connections ended at a time when the input is over. */
const DRAIN_STEP = 2000;

export interface TestPolicyOptions {
  readonly rules: RuleChoice;
  readonly appsFiles: readonly string[];
  /** `--fail-on`: "escaped", "escaped:NAME", "hidden". */
  readonly failOn: readonly string[];
  readonly limits: Partial<Limits>;
  readonly onProgress?: (progress: AnalyzeProgress) => void;
  /** Ends the run early: what has been read is reported. */
  readonly signal?: AbortSignal;
}

export interface TestPolicyResult {
  readonly summary: PolicySummary;
  /** 0; 1 when something that `failOn` asks about was found; else 3 when part of the input was damaged. */
  readonly exitCode: number;
}

/**
 * Reads captures ("-" is stdin) as one and says what the rules in force would have stopped of what they block, and what
 * would have come through. Rejects with a DpiError for what can't be read at all, and where no rule blocks anything.
 */
export async function testPolicy(inputs: readonly string[], options: TestPolicyOptions): Promise<TestPolicyResult> {
  const warnings: string[] = [];
  const apps = await loadApps(options.appsFiles, (warning) => warnings.push(warning));
  const conditions = parsePolicyConditions(options.failOn, apps);
  const { rules, store, warnings: ruleWarnings } = await loadRules(options.rules, apps);
  if (!rules.blocksAnything) {
    const where = store === null ? 'no rules are stored' : `${store} has no rules that block`;
    throw new DpiError('no-rules', `there is nothing to test: ${where}, and the call names none (--block-app NAME)`);
  }
  const test = new PolicyTest({
    apps,
    seed: hashSeed(),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    rules,
  });
  const run = new CaptureRun(test, options, totalLenOf(inputs));
  for (const input of inputs) {
    if (options.signal?.aborted) break;
    await run.read(input);
  }
  while (test.pipeline.drain(DRAIN_STEP)) await run.pause();

  const report = summarise(test.pipeline, run.rows, GENERATOR, rules, store);
  const summary: PolicySummary = {
    schema_version: POLICY_SCHEMA_VERSION,
    generator: GENERATOR,
    inputs: report.inputs,
    total_packets: report.total_packets,
    total_bytes: report.total_bytes,
    dropped_packets: report.dropped_packets,
    total_connections: report.total_connections,
    blocked_connections: report.blocked_connections,
    rules: report.rules,
    targets: test.tally.targetRows(),
    escapes: test.tally.escapeRows(),
    hidden: test.tally.hiddenRows(),
    limits: report.limits,
    findings: [],
    warnings: [...warnings, ...ruleWarnings, ...report.warnings],
  };
  summary.findings = conditions.map((condition) => condition(summary)).filter((finding) => finding !== null);
  const exitCode = summary.findings.length > 0 ? EXIT_FOUND : run.isDamaged ? EXIT_DAMAGED : EXIT_DONE;
  return { summary, exitCode };
}
