import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DpiError } from '../../core/common/error.js';
import { isAlive, processPlace } from '../outputs/process-place.js';
import { syncFolder, syncTree } from '../outputs/sync-tree.js';
import { cannotWrite } from '../outputs/write-error.js';

const PLAN = 'plan.json';
const REPORT = 'report.json';
const DATA_SET = 'dataset';
const UNITS = 'units';
const ATTEMPTS = 'attempts';
const MANIFEST = 'manifest.json';
const SUMMARY = 'summary.json';
/** Characters of an id that name the folder of folders: no folder holds all units. */
const SHARD = 2;
/** `<id>.<pid>-<place>-<random>` is a unit in the making. */
const UNFINISHED = /^([\da-f]+)\.(\d+)-([\da-f]{8})-[\da-f]+$/;

/**
 * The folder of a batch run. It is the truth about the run: a unit is done when its folder has its final name, whatever
 * any queue says. Several processes and machines may use it at once. Every method throws a DpiError.
 */
export class RunFolder {
  constructor(readonly path: string) {}

  get dataSet(): string {
    return join(this.path, DATA_SET);
  }

  get reportFile(): string {
    return join(this.path, REPORT);
  }

  /** The plan as it was written; null where there is none. */
  readPlan(): string | null {
    return readIfThere(join(this.path, PLAN));
  }

  writePlan(text: string): void {
    replaceFile(join(this.path, PLAN), text);
  }

  readReport(): string | null {
    return readIfThere(this.reportFile);
  }

  writeReport(text: string): void {
    replaceFile(this.reportFile, text);
  }

  /** The folder of a unit, which may not exist. */
  unit(id: string): string {
    return join(this.path, UNITS, id.slice(0, SHARD), id);
  }

  /** Null while the unit has no result. */
  readManifest(id: string): string | null {
    return readIfThere(join(this.unit(id), MANIFEST));
  }

  /** What the unit's summary holds; null for a unit without. */
  readSummary(id: string): string | null {
    return readIfThere(join(this.unit(id), SUMMARY));
  }

  /** Ids of all units with a result, those of earlier plans included. */
  finishedUnits(): Set<string> {
    return new Set(
      this.unitFolders()
        .filter(({ name }) => !UNFINISHED.test(name))
        .map(({ name }) => name),
    );
  }

  deleteUnit(id: string): void {
    // Nothing else may take a half-deleted folder for a unit.
    const gone = `${this.unit(id)}.${process.pid}-${processPlace()}-${randomBytes(4).toString('hex')}`;
    attempt(this.path, () => {
      renameSync(this.unit(id), gone);
      rmSync(gone, { recursive: true, force: true });
    });
  }

  /** Deletes what killed processes of this machine left, and what others left of units that are done. */
  deleteRemains(): void {
    const place = processPlace();
    for (const { folder, name } of this.unitFolders()) {
      const [, id, pid, where] = UNFINISHED.exec(name) ?? [];
      if (id === undefined) continue;
      const isDead = where === place && Number(pid) !== process.pid && !isAlive(Number(pid));
      if (isDead || existsSync(this.unit(id))) rmSync(join(folder, name), { recursive: true, force: true });
    }
  }

  /** Counts a begun attempt at a unit, and returns how many that makes. Processes that are killed leave their count. */
  beginAttempt(id: string): number {
    const file = join(this.path, ATTEMPTS, id);
    return attempt(file, () => {
      mkdirSync(dirname(file), { recursive: true });
      const fd = openSync(file, 'a');
      writeSync(fd, '.');
      closeSync(fd);
      return readFileSync(file).length;
    });
  }

  /** Attempts that have begun and not ended. */
  attempts(id: string): number {
    return readIfThere(join(this.path, ATTEMPTS, id))?.length ?? 0;
  }

  /** The attempts at the unit ended by themselves. */
  forgetAttempts(id: string): void {
    rmSync(join(this.path, ATTEMPTS, id), { force: true });
  }

  private unitFolders(): { folder: string; name: string }[] {
    const units = join(this.path, UNITS);
    return entriesOf(units).flatMap((shard) => {
      const folder = join(units, shard);
      return entriesOf(folder).map((name) => ({ folder, name }));
    });
  }
}

/** A unit's folder in the making, beside its final place. */
export class UnfinishedUnit {
  readonly folder: string;

  constructor(
    private readonly run: RunFolder,
    private readonly id: string,
  ) {
    const random = randomBytes(4).toString('hex');
    this.folder = `${run.unit(id)}.${process.pid}-${processPlace()}-${random}`;
    attempt(this.folder, () => mkdirSync(this.folder, { recursive: true }));
  }

  /** Where the unit's tables go. */
  get dataSet(): string {
    return join(this.folder, DATA_SET);
  }

  /** Writes the summary; `commit` does so itself. */
  writeSummary(text: string): void {
    attempt(this.folder, () => writeFileSync(join(this.folder, SUMMARY), text, { flag: 'wx' }));
  }

  /**
   * Puts the unit in place, durably; its manifest, which makes it complete, is written last. Where another process was
   * faster the unit is done, with the same bytes. Rejects with a DpiError.
   */
  async commit(summary: string | null, manifest: string): Promise<void> {
    try {
      if (summary !== null) this.writeSummary(summary);
      writeFileSync(join(this.folder, MANIFEST), manifest, { flag: 'wx' });
      await syncTree(this.folder);
      try {
        renameSync(this.folder, this.run.unit(this.id));
      } catch (error) {
        if (this.run.readManifest(this.id) === null) throw error;
        this.discard();
      }
      await syncFolder(dirname(this.folder));
    } catch (error) {
      if (error instanceof DpiError) throw error;
      throw cannotWrite(this.folder, error as NodeJS.ErrnoException);
    }
  }

  /** May be called twice, and after `commit`. */
  discard(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Replaces a file by one with this text: readers see the old text or the new one. */
function replaceFile(path: string, text: string): void {
  attempt(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    writeFileSync(temporary, text, { flag: 'wx', flush: true });
    renameSync(temporary, path);
  });
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new DpiError('run-not-readable', `can't read ${path}: ${message}`, { cause: error });
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof DpiError) throw error;
    throw cannotWrite(path, error as NodeJS.ErrnoException);
  }
}
