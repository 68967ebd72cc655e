import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { DpiError } from '../../core/common/error.js';
import { markInUse, removeStaleFiles, temporaryPath } from './stale-files.js';
import { cannotWrite } from './write-error.js';

const STDIN_FD = 0;

/**
 * A file that appears under its name only when it is complete: written beside it, then renamed. Anything but a regular
 * file (/dev/stdout, a named pipe) is written directly. Every method throws DpiError with a sentence that names the
 * path.
 */
export class PendingFile {
  private readonly target: string;
  /** Null where the file is written directly. */
  private readonly temporary: string | null;
  private fd: number;
  private writtenLen = 0;

  /** `inputs` are paths that must not be overwritten ("-" is standard input); `mode` is that of a new file. */
  constructor(
    readonly path: string,
    inputs: readonly string[] = [],
    mode = 0o666,
  ) {
    this.target = attempt(path, () => realTarget(path));
    const existing = attempt(path, () => statSync(this.target, { throwIfNoEntry: false }));
    if (existing !== undefined) refuse(path, existing, inputs);
    if (existing !== undefined && !existing.isFile()) {
      this.temporary = null;
      this.fd = attempt(path, () => openSync(this.target, 'w'));
      return;
    }
    if (existing !== undefined) attempt(path, () => accessSync(this.target, constants.W_OK));
    const folder = dirname(this.target);
    const name = basename(this.target);
    removeStaleFiles(folder, name);
    const temporary = temporaryPath(folder, name, randomBytes(4).toString('hex'));
    this.fd = attempt(path, () => openSync(temporary, 'wx', mode));
    this.temporary = temporary;
    markInUse(temporary, true);
    if (existing !== undefined) this.takeAfter(existing);
  }

  /** False for a device, pipe or socket, which is written directly. */
  get isRegular(): boolean {
    return this.temporary !== null;
  }

  /** The path of the bytes until `commit`. */
  get workPath(): string {
    return this.temporary ?? this.target;
  }

  /** The folder that the file will be in. */
  get folder(): string {
    return dirname(this.target);
  }

  /** Writes all of `bytes`, which may be changed afterwards. */
  write(bytes: Uint8Array): void {
    attempt(this.path, () => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.fd, bytes, done, bytes.length - done);
    });
    this.writtenLen += bytes.length;
  }

  /** Removes the last `len` bytes; false for a device or pipe. */
  takeBack(len: number): boolean {
    if (this.temporary === null) return false;
    this.writtenLen -= len;
    attempt(this.path, () => ftruncateSync(this.fd, this.writtenLen));
    return true;
  }

  /** Puts the file in place, durably. When that fails, no file is left. */
  commit(): void {
    try {
      if (this.temporary === null) return;
      attempt(this.path, () => {
        fsyncSync(this.fd);
        renameSync(this.temporary!, this.target);
      });
      syncFolder(this.folder);
    } catch (error) {
      this.discard();
      throw error;
    } finally {
      this.close();
    }
  }

  /** Gives up, unless committed: an old file keeps its content. May be called twice. */
  discard(): void {
    if (this.fd < 0) return;
    this.close();
    if (this.temporary !== null) ignoreErrors(() => unlinkSync(this.temporary!));
  }

  /** Mode and, for root, owner of the file that is replaced. */
  private takeAfter(existing: Stats): void {
    try {
      attempt(this.path, () => fchmodSync(this.fd, existing.mode & 0o777));
      if (process.getuid?.() === 0) attempt(this.path, () => fchownSync(this.fd, existing.uid, existing.gid));
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  private close(): void {
    if (this.fd < 0) return;
    const { fd } = this;
    this.fd = -1;
    if (this.temporary !== null) markInUse(this.temporary, false);
    ignoreErrors(() => closeSync(fd));
  }
}

/** Throws DpiError when `fd`, an output called `name`, is one of the inputs. */
export function refuseSameFile(fd: number, name: string, inputs: readonly string[]): void {
  const stat = fstatSync(fd);
  if (stat.isFile()) refuse(name, stat, inputs);
}

/** The target of the rename: a link stays a link, also one whose file does not exist yet. */
function realTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path;
    // Ends: a circle of links is an ELOOP above.
    return realTarget(resolve(realpathSync(dirname(path)), readlinkSync(path)));
  }
}

function refuse(path: string, existing: Stats, inputs: readonly string[]): void {
  if (existing.isDirectory()) throw new DpiError('output-is-directory', `can't write ${path}: it is a directory`);
  if (!existing.isFile()) return;
  for (const input of inputs) {
    const stat = statOf(input);
    if (stat?.dev === existing.dev && stat.ino === existing.ino) {
      const name = input === '-' ? 'standard input' : `the input ${input}`;
      throw new DpiError('output-is-input', `can't write ${path}: it is the same file as ${name}`);
    }
  }
}

/** Undefined for a missing file: reading it gives the error. */
function statOf(input: string): Stats | undefined {
  try {
    return input === '-' ? fstatSync(STDIN_FD) : statSync(input);
  } catch {
    return undefined;
  }
}

/** Makes the rename durable, except on file systems that can't sync a folder. */
function syncFolder(folder: string): void {
  ignoreErrors(() => {
    const fd = openSync(folder, 'r');
    ignoreErrors(() => fsyncSync(fd));
    closeSync(fd);
  });
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw cannotWrite(path, error as NodeJS.ErrnoException);
  }
}

function ignoreErrors(action: () => void): void {
  try {
    action();
  } catch {
    // Cleaning up: the error that led here is the one to report.
  }
}
