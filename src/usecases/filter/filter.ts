import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { type ByteSink, NOWHERE } from '../../adapters/outputs/byte-sink.js';
import { isStdout, openCaptureOutput, packingOf } from '../../adapters/outputs/open-capture-output.js';
import { RunWriter } from '../../adapters/outputs/run-writer.js';
import { type CaptureInput, nameOf } from '../../adapters/sources/raw-input.js';
import { isRereadable, SpooledInput } from '../../adapters/sources/spooled-input.js';
import type { AppTable } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { RuleSet } from '../../core/policy/rule-set.js';
import { FILTER_SCHEMA_VERSION, type FilterMode, type FilterSummary } from '../../core/report/filter-model.js';
import { rulesReport } from '../../core/report/rules-report.js';
import { GENERATOR } from '../../system/version.js';
import { parseRules, type RulesInForce, type RuleTexts } from '../rules/rules-in-force.js';
import type { OnProgress } from '../shared/progress.js';
import { openRun, type RunOptions } from '../shared/run.js';
import { type Filtering, FlowFilter, InlineFilter } from './passes.js';

const NO_RULES_WARNING =
  "no rules are in force, so nothing is blocked; --block-app and others or 'dpi rules add' add some";

export interface FilterOptions extends RunOptions {
  /** `inline`, the default, judges packet by packet; `flow` drops blocked connections whole. */
  readonly mode?: 'inline' | 'flow';
  /** `--keep-…`: keep only connections that match one of these, whole. `rules` and `mode` are then ignored. */
  readonly keep?: readonly RuleTexts[];
  /** Write nothing. */
  readonly dryRun?: boolean;
  /** The stream for an output called "-"; the process's standard output unless given. */
  readonly stdout?: Writable;
  /** Called when the reader of `stdout` goes away. */
  readonly onOutputClosed?: () => void;
  readonly onProgress?: OnProgress;
  /** Ends the run early: no file is written then. */
  readonly signal?: AbortSignal;
  /** Most bytes of the input once unpacked; more reject with a DpiError. Unbounded unless given. */
  readonly maxInputLen?: number;
  /** Name of the input in the summary and in messages; its own unless given. */
  readonly inputName?: string;
}

export interface FilterResult {
  readonly summary: FilterSummary;
  /** Part of the input was damaged: the warnings say which. */
  readonly isDamaged: boolean;
}

/**
 * Copies the capture `input` ("-" is stdin) to `output` ("-" is stdout) without the packets that the rules drop. A file
 * appears when it is complete, and not at all when the run fails or is aborted. The filter commits or discards a sink;
 * its caller opens and closes it. Rejects with a DpiError. The summary tells of a damaged input; packets behind the
 * damage are left out.
 */
export async function filterCapture(
  input: CaptureInput,
  output: string | ByteSink | null,
  options: FilterOptions = {},
): Promise<FilterResult> {
  const { keep = [], inputName = nameOf(input) } = options;
  const mode: FilterMode = keep.length > 0 ? 'keep' : (options.mode ?? 'inline');
  const readRules = mode === 'keep' ? async (apps: AppTable) => keepRules(keep, apps) : undefined;
  const run = await openRun(options, () => null, readRules);
  const sink = await openSink(input, output, options);
  let filtering: Filtering;
  try {
    const pipeline = { ...run.engine, top: 0 };
    const writer = new RunWriter(sink);
    if (mode === 'inline') {
      filtering = await new InlineFilter(pipeline, writer, options).filter(input, inputName);
    } else {
      const keepsMatches = mode === 'keep';
      filtering = await twice(input, output, options, (path) =>
        new FlowFilter(pipeline, writer, options, keepsMatches).filter(path, inputName),
      );
    }
    if (!options.signal?.aborted) {
      writer.flush();
      await sink.commit();
    }
  } finally {
    sink.discard();
  }
  const summary = summarise(filtering, typeof output === 'string' ? output : null, mode, run.inForce, options);
  summary.warnings.unshift(...run.warnings);
  if (run.inForce.rules.size === 0) summary.warnings.push(NO_RULES_WARNING);
  return { summary, isDamaged: filtering.row.damage !== null };
}

async function openSink(
  input: CaptureInput,
  output: string | ByteSink | null,
  { dryRun, stdout = process.stdout, onOutputClosed = () => {}, signal }: FilterOptions,
): Promise<ByteSink> {
  if (dryRun) return NOWHERE;
  if (output !== null && typeof output !== 'string') return output;
  if (output === null) throw new DpiError('usage', 'the output is missing; --dry-run needs none');
  return openCaptureOutput(output, typeof input === 'string' ? [input] : [], stdout, onOutputClosed, signal);
}

/** Keep rules match as block rules do. Stored rules are not read. */
function keepRules(keep: readonly RuleTexts[], apps: AppTable): RulesInForce {
  const nowMs = Date.now();
  return { rules: RuleSet.compile(parseRules(keep, appNamesOf(apps), nowMs), nowMs), store: null, warnings: [] };
}

/** Runs `work`, which reads its input twice, on a copy if the input can be read only once. */
async function twice<T>(
  input: CaptureInput,
  output: string | ByteSink | null,
  { dryRun, signal }: FilterOptions,
  work: (path: string) => Promise<T>,
): Promise<T> {
  if (isRereadable(input)) return work(input);
  const isFile = typeof output === 'string' && !dryRun && !isStdout(output);
  const spooled = await SpooledInput.copy(input, isFile ? output : join(tmpdir(), 'dpi-input'), signal);
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
  { dryRun = false }: FilterOptions,
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
    unread: filtering.unread,
    hidden: filtering.hidden,
    rules: { ...report, decided },
    warnings: [...(row.damage === null ? [] : [`${row.name}: ${row.damage}`]), ...filtering.warnings],
  };
}
