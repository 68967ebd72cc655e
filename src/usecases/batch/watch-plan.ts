import { existsSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type FoundFile, findFiles } from '../../adapters/batch/find-files.js';
import type { RunFolder } from '../../adapters/batch/run-folder.js';
import { monotonicMs } from '../../system/clock.js';
import { analysisOf, filesOf, type PlanOptions, partsOf, planHead, probeFiles, unitOf } from './plan.js';
import type { AnalysisChoice, Manifest, Plan, PlannedFile, PlannedStream, PlannedUnit } from './plan-types.js';
import { patternOf, streamsOf } from './streams.js';

/** When the unit of a stream takes no further files. */
export type Seal = 'day' | 'never';

const DAY_SECONDS = 86_400;

/** A file as it was seen last, and since when. */
interface Sighting {
  readonly len: number;
  readonly mtimeMs: number;
  readonly sinceMs: number;
}

/** Tells which files of rings are finished: a next one has been begun, or they did not change for a while. */
export class FinishedFiles {
  private sightings = new Map<string, Sighting>();

  /** A file that has not changed for `settleMs` is finished. */
  constructor(
    private readonly settleMs: number,
    private readonly now: () => number = monotonicMs,
  ) {}

  /** The finished ones among `files`. `isKnown` are those that an earlier plan has, which were finished then. */
  of(files: readonly FoundFile[], isKnown: (path: string) => boolean): FoundFile[] {
    const now = this.now();
    const before = this.sightings;
    this.sightings = new Map();
    const latest = new Map<string, { path: string; mtimeMs: number }>();
    for (const { path } of files) {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      const { size: len, mtimeMs } = stat;
      const last = before.get(path);
      const isSame = last !== undefined && last.len === len && last.mtimeMs === mtimeMs;
      this.sightings.set(path, { len, mtimeMs, sinceMs: isSame ? last.sinceMs : now });
      const ring = ringOf(path);
      const other = latest.get(ring);
      if (other === undefined || mtimeMs > other.mtimeMs || (mtimeMs === other.mtimeMs && path > other.path)) {
        latest.set(ring, { path, mtimeMs });
      }
    }
    return files.filter(({ path }) => {
      const sighting = this.sightings.get(path);
      if (sighting === undefined) return false;
      if (latest.get(ringOf(path))!.path !== path || isKnown(path)) return true;
      return now - sighting.sinceMs >= this.settleMs;
    });
  }
}

/** The options of a plan that is made again and again. */
export interface WatchPlanOptions extends Omit<PlanOptions, 'mode' | 'names'> {
  readonly folder: string;
  readonly seal: Seal;
  readonly finished: FinishedFiles;
}

/**
 * The plan for the finished files below a folder. Units that have a result, and whose files a ring has deleted since,
 * stay in it as they are. Rejects with a DpiError.
 */
export async function makeWatchPlan(run: RunFolder, before: Plan | null, options: WatchPlanOptions): Promise<Plan> {
  const found = findFiles({ inputs: [options.folder], fromStdin: null }, run.path);
  const known = before === null ? new Map<string, PlannedFile>() : filesOf(before);
  const sealed = sealedStreams(run, before);
  const inSealed = new Set([...sealed.values()].flatMap(({ files }) => files.map(({ path }) => path)));
  const files = options.finished.of(found, (path) => known.has(path)).filter(({ path }) => !inSealed.has(path));
  const { candidates, skipped } = await probeFiles(files, known, options.signal);
  const analysis = analysisOf(options);
  const names = new Set(sealed.keys());
  const streams = streamsOf(candidates, 'auto').map((stream) => {
    const old = sealed.get(stream.name);
    names.delete(stream.name);
    const all = [...(old?.files ?? []), ...stream.files];
    const units = [
      ...(old?.units ?? []),
      ...unitsByDay({ name: stream.name, files: all }, old, options.seal, analysis),
    ];
    return { name: stream.name, reason: stream.reason, files: all, units };
  });
  const ended = [...names].map((name) => sealed.get(name)!);
  const all = [...streams, ...ended].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...planHead('auto', analysis), streams: all, skipped };
}

/** Units of which files are gone, and those before them in their streams: nothing can be joined to them any more. */
function sealedStreams(run: RunFolder, before: Plan | null): Map<string, PlannedStream> {
  const sealed = new Map<string, PlannedStream>();
  for (const stream of before?.streams ?? []) {
    const isGone = (unit: PlannedUnit) => unit.parts.some(({ file }) => !existsSync(stream.files[file]!.path));
    const last = stream.units.findLastIndex((unit) => isGone(unit));
    const units = stream.units.slice(0, last + 1).filter((unit) => hasResult(run, unit.id));
    if (units.length === 0) continue;
    const files: PlannedFile[] = [];
    const kept = units.map(({ id, parts }) => {
      const first = files.length;
      files.push(...parts.map(({ file }) => stream.files[file]!));
      return { id, parts: parts.map(({ start, end }, n) => ({ file: first + n, start, end })) };
    });
    sealed.set(stream.name, { ...stream, files, units: kept });
  }
  return sealed;
}

/** Units for the files behind those of `old`. */
function unitsByDay(
  stream: Pick<PlannedStream, 'name' | 'files'>,
  old: PlannedStream | undefined,
  seal: Seal,
  analysis: AnalysisChoice,
): PlannedUnit[] {
  const units: PlannedUnit[] = [];
  const { files } = stream;
  let first = old?.files.length ?? 0;
  for (let end = first + 1; end <= files.length; end++) {
    if (end < files.length && (seal === 'never' || !beginsDay(files.slice(first, end), files[end]!))) continue;
    units.push(unitOf(stream, partsOf(files.slice(first, end), first), analysis));
    first = end;
  }
  return units;
}

/** Whether `next` is of another day than the files before it. Files without packets are of no day. */
function beginsDay(files: readonly PlannedFile[], next: PlannedFile): boolean {
  const dayOf = ({ first_seen }: PlannedFile) => (first_seen === null ? null : Math.floor(first_seen / DAY_SECONDS));
  const day = files.map(dayOf).find((one) => one !== null) ?? null;
  return day !== null && dayOf(next) !== null && dayOf(next) !== day;
}

function hasResult(run: RunFolder, id: string): boolean {
  const text = run.readManifest(id);
  return text !== null && (JSON.parse(text) as Manifest).status !== 'failed';
}

function ringOf(path: string): string {
  return `${dirname(path)}\0${patternOf(basename(path))}`;
}
