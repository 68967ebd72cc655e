import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isUnchanged } from '../../adapters/batch/file-identity.js';
import { type FileNames, type FoundFile, findFiles } from '../../adapters/batch/find-files.js';
import type { RunFolder } from '../../adapters/batch/run-folder.js';
import { DATA_SET_VERSION } from '../../adapters/parquet/tables.js';
import { DpiError } from '../../core/common/error.js';
import type { Limits } from '../../core/engine/options.js';
import { SCHEMA_VERSION } from '../../core/report/model.js';
import { GENERATOR } from '../../system/version.js';
import {
  type AnalysisChoice,
  BATCH_VERSION,
  type Plan,
  type PlannedFile,
  type PlannedUnit,
  type StreamMode,
  type UnitPart,
} from './plan-types.js';
import { probeCapture } from './probe-capture.js';
import { type FoundStream, type StreamCandidate, streamsOf } from './streams.js';

const ID_LEN = 32;

/** What to plan. */
export interface PlanOptions {
  readonly names: FileNames;
  readonly mode: StreamMode;
  readonly appsFiles: readonly string[];
  readonly ignoreVlan: boolean;
  readonly followCname: boolean;
  readonly intervalMs: number | null;
  readonly limits: Partial<Limits>;
  readonly signal?: AbortSignal;
}

/**
 * Finds the captures and their streams. Files that an earlier plan of the run knows, and that have not changed since,
 * are not read. Rejects with a DpiError, also when there is no capture at all.
 */
export async function makePlan(run: RunFolder, options: PlanOptions): Promise<Plan> {
  const found = findFiles(options.names, run.path);
  const { candidates, skipped } = await probeFiles(found, knownFiles(run), options.signal);
  if (candidates.length === 0) throw noCaptures(found, skipped);
  const analysis = analysisOf(options);
  const streams = streamsOf(candidates, options.mode).map((stream) => ({
    ...stream,
    // A stream is one unit today.
    units: [unitOf(stream, partsOf(stream.files), analysis)],
  }));
  return { ...planHead(options.mode, analysis), streams, skipped };
}

/** What was found among files. */
export interface ProbedFiles {
  readonly candidates: readonly StreamCandidate[];
  readonly skipped: Plan['skipped'];
}

/** Reads begin and end of those files that are not `known` by path, or have changed since. Rejects at the signal. */
export async function probeFiles(
  found: readonly FoundFile[],
  known: ReadonlyMap<string, PlannedFile>,
  signal?: AbortSignal,
): Promise<ProbedFiles> {
  const candidates: StreamCandidate[] = [];
  const skipped: { path: string; reason: string }[] = [];
  for (const { path, root, isNamed } of found) {
    signal?.throwIfAborted();
    const file = await knownOrProbed(path, known).catch((error: unknown) => {
      if (!(error instanceof DpiError)) throw error;
      // A folder may hold anything, but a capture that can't be read must not get lost.
      if (isNamed || !NO_CAPTURE.includes(error.code)) skipped.push({ path, reason: error.message });
      return null;
    });
    if (file !== null) candidates.push({ root, file });
  }
  return { candidates, skipped };
}

const NO_CAPTURE: readonly string[] = ['input-not-a-capture', 'input-empty'];

/** The first keys of a plan. */
export function planHead(mode: StreamMode, analysis: AnalysisChoice): Omit<Plan, 'streams' | 'skipped'> {
  return { schema_version: BATCH_VERSION, generator: GENERATOR, streams_mode: mode, analysis };
}

/** The plan of a run. Throws a DpiError where there is none, or one of another version. */
export function readPlan(run: RunFolder): Plan {
  const text = run.readPlan();
  if (text === null) throw new DpiError('no-plan', `${run.path} holds no plan; 'dpi batch plan' makes one`);
  const plan = parsePlan(text, run);
  if (plan.schema_version !== BATCH_VERSION || plan.generator !== GENERATOR) {
    throw new DpiError(
      'plan-version',
      `the plan in ${run.path} was made by ${plan.generator}, and this is ${GENERATOR}; plan again`,
    );
  }
  return plan;
}

/** The plan as it is stored: the same plan makes the same text. */
export function planText(plan: Plan): string {
  return `${JSON.stringify(plan, null, 1)}\n`;
}

function parsePlan(text: string, run: RunFolder): Plan {
  try {
    return JSON.parse(text) as Plan;
  } catch (error) {
    throw new DpiError('plan-damaged', `the plan in ${run.path} is damaged: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function knownFiles(run: RunFolder): ReadonlyMap<string, PlannedFile> {
  const plan = readOldPlan(run);
  return plan === null ? new Map() : filesOf(plan);
}

/** The files of a plan by path. */
export function filesOf({ streams }: Plan): Map<string, PlannedFile> {
  return new Map(streams.flatMap(({ files }) => files.map((file) => [file.path, file])));
}

/** The plan that another one is about to replace, perhaps of an earlier program; null for none that can be read. */
export function readOldPlan(run: RunFolder): Plan | null {
  const text = run.readPlan();
  if (text === null) return null;
  try {
    const plan = JSON.parse(text) as Plan;
    return plan.schema_version === BATCH_VERSION ? plan : null;
  } catch {
    return null;
  }
}

async function knownOrProbed(path: string, known: ReadonlyMap<string, PlannedFile>): Promise<PlannedFile> {
  const file = known.get(path);
  return file !== undefined && isUnchanged(path, file) ? file : await probeCapture(path);
}

/** The files as a whole. `first` is the index of the first of them in its stream. */
export function partsOf(files: readonly PlannedFile[], first = 0): UnitPart[] {
  return files.map(({ len }, n) => ({ file: first + n, start: 0, end: len }));
}

/** The unit of these parts of a stream. */
export function unitOf(
  stream: Pick<FoundStream, 'name' | 'files'>,
  parts: readonly UnitPart[],
  analysis: AnalysisChoice,
): PlannedUnit {
  return { id: unitId(stream, parts, analysis), parts };
}

/**
 * Everything that the result depends on. The time of the last change counts, since the digest is of samples; so does
 * the path, which the result names.
 */
function unitId(
  { name, files }: Pick<FoundStream, 'name' | 'files'>,
  parts: readonly UnitPart[],
  analysis: AnalysisChoice,
): string {
  const content = parts.map(({ file, start, end }) => {
    const { path, len, modified_ns, digest } = files[file]!;
    return [path, len, modified_ns, digest, start, end];
  });
  const versions = [GENERATOR, BATCH_VERSION, DATA_SET_VERSION, SCHEMA_VERSION];
  const text = JSON.stringify([versions, name, analysis, content]);
  return createHash('sha256').update(text).digest('hex').slice(0, ID_LEN);
}

/** The choice as a plan has it. Throws a DpiError for an app file that can't be read. */
export function analysisOf({
  appsFiles,
  ignoreVlan,
  followCname,
  intervalMs,
  limits,
}: Omit<PlanOptions, 'names' | 'mode'>): AnalysisChoice {
  return {
    apps_files: appsFiles.map((path) => ({ path, digest: digestOf(path) })),
    ignore_vlan: ignoreVlan,
    follow_cname: followCname,
    interval_ms: intervalMs,
    limits,
  };
}

function digestOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, ID_LEN);
  } catch (error) {
    throw new DpiError('input-not-readable', `can't read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function noCaptures(found: readonly FoundFile[], skipped: Plan['skipped']): DpiError {
  const [first] = skipped;
  if (first !== undefined) return new DpiError('no-captures', `there is nothing to analyze: ${first.reason}`);
  const count = found.length;
  return new DpiError('no-captures', `there is no capture among ${count === 1 ? 'the file' : `the ${count} files`}`);
}
