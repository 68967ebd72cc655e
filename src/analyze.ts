import type { CaptureInput } from './adapters/sources/raw-input.js';
import type { AnalyzeOptions, AnalyzeResult } from './analyze-types.js';
import { CaptureRun, totalLenOf } from './capture-run.js';
import { EXIT_DAMAGED, EXIT_DONE, EXIT_FOUND } from './core/error.js';
import { DEFAULT_LIMITS, Pipeline } from './core/pipeline.js';
import { NO_RULES } from './core/policy/rule-set.js';
import { summarise } from './core/summary.js';
import { parseConditions } from './fail-on.js';
import { hashSeed } from './hash-seed.js';
import { loadApps } from './load-apps.js';
import { loadRules, type RulesInForce } from './rules-in-force.js';
import { GENERATOR } from './version.js';

/** Connections ended at a time when the input is over: what a report says of them fits the buffers that it is written from. */
const DRAIN_STEP = 500;
const DEFAULT_TOP = 10;
const NONE_IN_FORCE: RulesInForce = { rules: NO_RULES, store: null, warnings: [] };

/**
 * Reads captures (`-` is stdin) as one, in the order given, and reports. Memory does not grow with their length. Rejects
 * with a DpiError for what can't be read at all; damage is told in the report and gives exit code 3.
 */
export async function analyzeCaptures(
  inputs: readonly CaptureInput[],
  options: AnalyzeOptions = {},
): Promise<AnalyzeResult> {
  const warnings: string[] = [];
  const apps = await loadApps(options.appsFiles ?? [], (warning) => warnings.push(warning));
  const conditions = parseConditions(options.failOn ?? [], apps);
  const inForce = options.rules === undefined ? NONE_IN_FORCE : await loadRules(options.rules, apps);
  const pipeline = new Pipeline({
    apps,
    seed: hashSeed(),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    rules: inForce.rules,
    onConnection: options.onConnection,
    reusesRecord: options.reusesRecord,
    handshakes: options.onConnection !== undefined,
    top: options.top ?? DEFAULT_TOP,
  });
  const run = new CaptureRun(pipeline, options, totalLenOf(inputs));
  for (const input of inputs) {
    if (options.signal?.aborted) break;
    await run.read(input);
  }
  while (pipeline.drain(DRAIN_STEP)) await run.pause();
  await options.drain?.();

  const summary = summarise(pipeline, run.rows, GENERATOR, inForce.rules, inForce.store);
  summary.warnings.unshift(...warnings, ...inForce.warnings);
  summary.findings = conditions.map((condition) => condition(summary)).filter((finding) => finding !== null);
  const exitCode = summary.findings.length > 0 ? EXIT_FOUND : run.isDamaged ? EXIT_DAMAGED : EXIT_DONE;
  return { summary, top: pipeline.recognition.largest.sorted(), exitCode };
}
