import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { type ByteSink, NOWHERE } from '../../adapters/outputs/byte-sink.js';
import { isStdout, openCaptureOutput, packingOf } from '../../adapters/outputs/open-capture-output.js';
import { type CaptureInput, nameOf } from '../../adapters/sources/raw-input.js';
import { isRereadable, SpooledInput } from '../../adapters/sources/spooled-input.js';
import type { AppTable } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { idleRuleWarnings } from '../../core/policy/idle-rules.js';
import { RuleSet } from '../../core/policy/rule-set.js';
import type { FilterMode, FilterSummary } from '../../core/report/filter-model.js';
import { SCHEMA_VERSION } from '../../core/report/model.js';
import { rulesReport } from '../../core/report/rules-report.js';
import { parseSelection, type SelectionTexts } from '../../core/select/selection.js';
import { GENERATOR } from '../../system/version.js';
import { parseRules, type RulesInForce, type RuleTexts } from '../rules/rules-in-force.js';
import { gathered } from '../shared/gathered.js';
import type { OnProgress } from '../shared/progress.js';
import { openRun, type RunOptions } from '../shared/run.js';
import { FilterOutputs } from './filter-outputs.js';
import { folderOutputs } from './output-paths.js';
import { type Filtering, FlowFilter, InlineFilter } from './passes.js';

const NO_RULES_WARNING =
  "no rules are in force, so nothing is blocked; --block-app and others or 'dpi rules add' add some";

export interface FilterOptions extends RunOptions {
  /** `inline`, the default, judges packet by packet; `flow` drops blocked connections whole. */
  readonly mode?: 'inline' | 'flow';
  /**
   * `--keep-…`: keep only connections that match one value of each type, whole. `rules` and `mode` are then ignored.
   * With values of one type and no `select`, each DNS message is kept by the names in it.
   */
  readonly keep?: readonly RuleTexts[];
  /** The same by all that connections can be selected by. */
  readonly select?: SelectionTexts;
  /** `--invert`: drop the connections that `keep` and `select` pick, whole, and keep everything else. */
  readonly invert?: boolean;
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
 * Copies the capture `input` ("-" is stdin) to `output` ("-" is stdout) without the packets that the rules drop.
 * Several inputs are read as one, in the order of time, and each is written into the folder `output` under its own
 * name; one of them can't be stdin. Files appear when all are complete, and not at all when the run fails or is
 * aborted. The filter commits or discards a sink; its caller opens and closes it. Rejects with a DpiError. The summary
 * tells of damaged inputs; packets behind the damage are left out.
 */
export async function filterCapture(
  input: CaptureInput | readonly CaptureInput[],
  output: string | ByteSink | null,
  options: FilterOptions = {},
): Promise<FilterResult> {
  const inputs = isList(input) ? input : [input];
  if (inputs.length === 0) throw new DpiError('usage', 'there is no capture to filter');
  const { keep, select } = keptBy(options);
  const names = inputs.map((one) => options.inputName ?? nameOf(one));
  const keeps = keep.length > 0 || select !== null;
  if (options.invert && !keeps) throw new DpiError('usage', '--invert needs a --keep option, whose choice it drops');
  const mode: FilterMode = keeps ? (options.invert ? 'drop' : 'keep') : (options.mode ?? 'inline');
  const readRules = keeps ? async (apps: AppTable) => keepRules(keep, apps) : undefined;
  const run = await openRun(
    { ...options, select: undefined },
    (apps) => (select === null ? null : parseSelection(select, apps, '--keep-')),
    readRules,
  );
  const outputs = new FilterOutputs(await openSinks(inputs, output, options));
  let filtering: Filtering;
  try {
    const { parsed: selection } = run;
    const pipeline = {
      ...run.engine,
      selects: selection?.selects,
      ...gathered(selection, {}),
      top: 0,
    };
    if (mode === 'inline') {
      filtering = await new InlineFilter(pipeline, outputs, options).filter(inputs, names);
    } else {
      const keepsMatches = mode === 'keep';
      filtering = await twice(inputs, output, options, (paths) =>
        new FlowFilter(pipeline, outputs, options, keepsMatches).filter(paths, names),
      );
    }
    if (!options.signal?.aborted) await outputs.commit();
  } finally {
    outputs.discard();
  }
  const summary = summarise(filtering, typeof output === 'string' ? output : null, mode, run.inForce, options);
  summary.warnings.unshift(...run.warnings);
  if (!keeps && run.inForce.rules.size === 0) summary.warnings.push(NO_RULES_WARNING);
  return { summary, isDamaged: filtering.rows.some(({ damage }) => damage !== null) };
}

function isList(input: CaptureInput | readonly CaptureInput[]): input is readonly CaptureInput[] {
  return Array.isArray(input);
}

/** A sink for each input. Rejects with a DpiError, with none left open. */
async function openSinks(
  inputs: readonly CaptureInput[],
  output: string | ByteSink | null,
  { dryRun, stdout = process.stdout, onOutputClosed = () => {}, signal }: FilterOptions,
): Promise<ByteSink[]> {
  if (dryRun) return inputs.map(() => NOWHERE);
  if (output === null) throw new DpiError('usage', 'the output is missing; --dry-run needs none');
  if (typeof output !== 'string') return [output];
  const files = inputs.filter((input) => typeof input === 'string');
  const sinks: ByteSink[] = [];
  try {
    for (const path of inputs.length === 1 ? [output] : folderOutputs(files, output)) {
      sinks.push(await openCaptureOutput(path, files, stdout, onOutputClosed, signal));
    }
  } catch (error) {
    for (const sink of sinks) sink.discard();
    throw error;
  }
  return sinks;
}

/** Values of one type are rules, which decide DNS messages one by one; all else is a selection. */
function keptBy({ keep = [], select = {}, invert = false }: FilterOptions): {
  keep: readonly RuleTexts[];
  select: SelectionTexts | null;
} {
  const types = new Set(keep.map(({ type }) => type));
  const isSelection = Object.values(select).some((value) => value !== undefined && value.length > 0);
  if (types.size <= 1 && !isSelection && !(invert && types.size > 0)) return { keep, select: null };
  const texts: Record<string, unknown> = { ...select };
  for (const { type, texts: values } of keep) {
    const name = type === 'ip' ? 'net' : type;
    texts[name] = [...((texts[name] as readonly string[] | undefined) ?? []), ...values];
  }
  return { keep: [], select: texts };
}

/** Keep rules match as block rules do. Stored rules are not read. */
function keepRules(keep: readonly RuleTexts[], apps: AppTable): RulesInForce {
  const nowMs = Date.now();
  const names = appNamesOf(apps);
  const groups = parseRules(keep, names, nowMs);
  const rules = RuleSet.compile(groups, nowMs);
  return { rules, store: null, ofCall: rules.size, warnings: idleRuleWarnings(groups, names) };
}

/** Runs `work`, which reads its inputs twice, on copies of those that can be read only once. */
async function twice<T>(
  inputs: readonly CaptureInput[],
  output: string | ByteSink | null,
  { dryRun, signal }: FilterOptions,
  work: (paths: readonly string[]) => Promise<T>,
): Promise<T> {
  const isFile = typeof output === 'string' && !dryRun && !isStdout(output) && inputs.length === 1;
  const copies: SpooledInput[] = [];
  const paths: string[] = [];
  try {
    for (const input of inputs) {
      if (isRereadable(input)) paths.push(input);
      else {
        const copy = await SpooledInput.copy(input, isFile ? output : join(tmpdir(), 'dpi-input'), signal);
        copies.push(copy);
        paths.push(copy.path);
      }
    }
    return await work(paths);
  } finally {
    for (const copy of copies) copy.remove();
  }
}

function summarise(
  filtering: Filtering,
  output: string | null,
  mode: FilterMode,
  inForce: RulesInForce,
  { dryRun = false }: FilterOptions,
): FilterSummary {
  const { rows, totalPackets, totalBytes, droppedPackets, droppedBytes, tallies } = filtering;
  const report = rulesReport(inForce.rules, tallies, inForce);
  const decided = mode === 'keep' ? report.decided.map((one) => ({ ...one, action: 'keep' as const })) : report.decided;
  return {
    schema_version: SCHEMA_VERSION,
    generator: GENERATOR,
    input: rows.length === 1 ? rows[0]! : null,
    inputs: [...rows],
    output,
    output_compression: output === null || rows.length !== 1 || isStdout(output) ? null : packingOf(output),
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
    warnings: [
      ...rows.flatMap(({ name, damage }) => (damage === null ? [] : [`${name}: ${damage}`])),
      ...filtering.warnings,
    ],
  };
}
