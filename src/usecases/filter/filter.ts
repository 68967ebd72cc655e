import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { type ByteSink, NOWHERE } from '../../adapters/outputs/byte-sink.js';
import { isStdout, openCaptureOutput, packingOf } from '../../adapters/outputs/open-capture-output.js';
import { RunWriter } from '../../adapters/outputs/run-writer.js';
import { type CaptureInput, nameOf } from '../../adapters/sources/raw-input.js';
import { isRereadable, SpooledInput } from '../../adapters/sources/spooled-input.js';
import type { AppTable } from '../../core/classify/app-table.js';
import { DpiError, EXIT_DAMAGED, EXIT_DONE } from '../../core/common/error.js';
import { DEFAULT_LIMITS, type Limits } from '../../core/engine/options.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { RuleSet } from '../../core/policy/rule-set.js';
import { FILTER_SCHEMA_VERSION, type FilterMode, type FilterSummary } from '../../core/report/filter-model.js';
import { rulesReport } from '../../core/report/rules-report.js';
import { hashSeed } from '../../system/hash-seed.js';
import { GENERATOR } from '../../system/version.js';
import type { AnalyzeProgress } from '../analyze/analyze-types.js';
import { loadRules, parseRules, type RuleChoice, type RulesInForce, type RuleTexts } from '../rules/rules-in-force.js';
import { loadApps } from '../shared/load-apps.js';
import { type Filtering, FlowFilter, InlineFilter } from './passes.js';

export interface FilterOptions {
  readonly mode: 'inline' | 'flow';
  readonly rules: RuleChoice;
  /** `--keep-…`: only the connections that these match stay, whole; `rules` and `mode` then have no say. */
  readonly keep: readonly RuleTexts[];
  readonly appsFiles: readonly string[];
  readonly limits: Partial<Limits>;
  /** Write nothing. */
  readonly dryRun: boolean;
  /** Where an output called "-" goes, and what is called when nobody reads it any more. */
  readonly stdout: Writable;
  readonly onOutputClosed: () => void;
  readonly onProgress?: (progress: AnalyzeProgress) => void;
  /** Ends the run early: a file is not written then. */
  readonly signal?: AbortSignal;
  /** Bytes that the input may have once unpacked; more reject with a DpiError. No bound unless given. */
  readonly maxInputLen?: number;
  /**
   * Where an input that has to be read twice is kept meanwhile, unless beside the output; the system's folder by
   * default.
   */
  readonly spoolFolder?: string;
}

export interface FilterResult {
  readonly summary: FilterSummary;
  /** 0; 3 when part of the input was damaged. */
  readonly exitCode: number;
}

/**
 * Copies the capture `input` ("-" is stdin) to `output` ("-" is stdout; a sink is left to whoever opened it until the
 * filter commits or discards it) without the packets that the rules drop. A file appears when it is whole, and not at
 * all when the run fails or is aborted. Rejects with a DpiError; damage of the input is told in the summary, and what
 * lies behind it is left out.
 */
export async function filterCapture(
  input: CaptureInput,
  output: string | ByteSink | null,
  options: FilterOptions,
): Promise<FilterResult> {
  const warnings: string[] = [];
  const apps = await loadApps(options.appsFiles, (warning) => warnings.push(warning));
  const mode: FilterMode = options.keep.length > 0 ? 'keep' : options.mode;
  const inForce = mode === 'keep' ? keepRules(options.keep, apps) : await loadRules(options.rules, apps);
  const sink = await openSink(input, output, options);
  let filtering: Filtering;
  try {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const pipeline = {
      apps,
      limits,
      seed: hashSeed(),
      rules: inForce.rules,
      top: 0,
    };
    const writer = new RunWriter(sink);
    if (mode === 'inline') {
      filtering = await new InlineFilter(pipeline, writer, options).filter(input);
    } else {
      const keepsMatches = mode === 'keep';
      filtering = await twice(input, output, options, (path) =>
        new FlowFilter(pipeline, writer, options, keepsMatches).filter(path, nameOf(input)),
      );
    }
    if (!options.signal?.aborted) {
      writer.flush();
      await sink.commit();
    }
  } finally {
    sink.discard();
  }
  const summary = summarise(filtering, typeof output === 'string' ? output : null, mode, inForce, options);
  summary.warnings.unshift(...warnings, ...inForce.warnings);
  return { summary, exitCode: filtering.row.damage === null ? EXIT_DONE : EXIT_DAMAGED };
}

async function openSink(
  input: CaptureInput,
  output: string | ByteSink | null,
  { dryRun, stdout, onOutputClosed }: FilterOptions,
): Promise<ByteSink> {
  if (dryRun) return NOWHERE;
  if (output !== null && typeof output !== 'string') return output;
  if (output === null) throw new DpiError('usage', 'the output is missing; --dry-run needs none');
  return openCaptureOutput(output, typeof input === 'string' ? [input] : [], stdout, onOutputClosed);
}

/** Rules to keep match as rules to block do; stored rules have no say in what is picked out. */
function keepRules(keep: readonly RuleTexts[], apps: AppTable): RulesInForce {
  const nowMs = Date.now();
  return { rules: RuleSet.compile(parseRules(keep, appNamesOf(apps), nowMs), nowMs), store: null, warnings: [] };
}

/** Runs work that reads its input twice, on a copy where the input can't be. */
async function twice<T>(
  input: CaptureInput,
  output: string | ByteSink | null,
  { dryRun, signal, spoolFolder = tmpdir() }: FilterOptions,
  work: (path: string) => Promise<T>,
): Promise<T> {
  if (isRereadable(input)) return work(input);
  const isFile = typeof output === 'string' && !dryRun && !isStdout(output);
  const spooled = await SpooledInput.copy(input, isFile ? output : join(spoolFolder, 'dpi-input'), signal);
  try {
    return await work(spooled.path);
  } finally {
    spooled.remove();
  }
}

function summarise(
  filtering: Filtering,
  output: string | null,
  mode: FilterMode,
  { rules, store }: RulesInForce,
  { dryRun }: FilterOptions,
): FilterSummary {
  const { row, totalPackets, totalBytes, droppedPackets, droppedBytes, tallies } = filtering;
  const report = rulesReport(rules, tallies, store);
  const decided = mode === 'keep' ? report.decided.map((one) => ({ ...one, action: 'keep' as const })) : report.decided;
  return {
    schema_version: FILTER_SCHEMA_VERSION,
    generator: GENERATOR,
    input: row,
    output,
    output_compression: output === null || isStdout(output) ? null : packingOf(output),
    mode,
    dry_run: dryRun,
    total_packets: totalPackets,
    total_bytes: totalBytes,
    kept_packets: totalPackets - droppedPackets,
    kept_bytes: totalBytes - droppedBytes,
    dropped_packets: droppedPackets,
    dropped_bytes: droppedBytes,
    total_connections: filtering.totalConnections,
    blocked_connections: filtering.blockedConnections,
    rules: { ...report, decided },
    warnings: [...(row.damage === null ? [] : [`${row.name}: ${row.damage}`]), ...filtering.warnings],
  };
}
