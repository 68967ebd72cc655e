import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { DpiError } from '../core/error.js';

/** Text is joined to pieces of this length before it is written. */
const CHUNK_LEN = 1 << 16;

/** Where a report goes. */
export interface Output {
  write(text: string): void;
  /** A promise to await before writing more, null while there is room. */
  drain(): Promise<void> | null;
  /** Writes what is left and makes it permanent. Throws DpiError when the text could not be written. */
  commit(): Promise<void>;
  /** Gives up: a file keeps its old content, a stream what it has got. */
  discard(): void;
}

/** Joins small writes; `flush` gets pieces of CHUNK_LEN characters and more. */
class Joiner {
  private pending = '';

  constructor(private readonly flushText: (text: string) => void) {}

  write(text: string): void {
    this.pending += text;
    if (this.pending.length >= CHUNK_LEN) this.flush();
  }

  flush(): void {
    const text = this.pending;
    this.pending = '';
    if (text !== '') this.flushText(text);
  }

  clear(): void {
    this.pending = '';
  }
}

/**
 * A pipe, a terminal or a redirected file. When the reader goes away (EPIPE: `| head -1`), everything further is
 * dropped without a word, and `onClosed` is called once so that the work can end.
 */
export class StreamOutput implements Output {
  private readonly joiner = new Joiner((text) => this.send(text));
  private failure: Error | null = null;
  private closed = false;
  private full = false;

  constructor(
    private readonly stream: Writable,
    private readonly onClosed: () => void = () => {},
  ) {
    stream.on('error', (error: NodeJS.ErrnoException) => this.fail(error));
    stream.on('drain', () => {
      this.full = false;
    });
  }

  /** True once the reader has gone. */
  get isClosed(): boolean {
    return this.closed;
  }

  write(text: string): void {
    if (!this.closed) this.joiner.write(text);
  }

  drain(): Promise<void> | null {
    if (!this.full || this.closed) return null;
    return new Promise((resolve) => {
      const done = () => {
        this.stream.off('drain', done).off('close', done).off('error', done);
        resolve();
      };
      this.stream.on('drain', done).on('close', done).on('error', done);
    });
  }

  async commit(): Promise<void> {
    this.joiner.flush();
    // The callback of an empty write comes when everything before it has been handed to the system, or has failed.
    if (!this.closed) {
      const error = await new Promise<Error | null | undefined>((resolve) => this.stream.write('', resolve));
      if (error) this.fail(error);
    }
    if (this.failure !== null) throw cannotWrite('standard output', this.failure);
  }

  discard(): void {
    this.joiner.clear();
  }

  private send(text: string): void {
    if (this.closed) return;
    this.full = !this.stream.write(text);
  }

  private fail(error: NodeJS.ErrnoException): void {
    if (this.closed) return;
    this.closed = true;
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') this.failure = error;
    this.onClosed();
  }
}

/**
 * A file that appears under its name only when it is complete: written beside it, then renamed. What is no regular
 * file (/dev/stdout, a named pipe) is written directly. Throws DpiError.
 */
export class FileOutput implements Output {
  private readonly joiner = new Joiner((text) => this.send(text));
  private readonly target: string;
  private readonly temporary: string | null;
  private fd: number;

  /** `inputs` are paths that must not be overwritten. */
  constructor(
    private readonly path: string,
    inputs: readonly string[] = [],
  ) {
    this.target = attempt(path, () => realTarget(path));
    const existing = statSync(this.target, { throwIfNoEntry: false });
    if (existing?.isDirectory()) throw new DpiError('output-is-directory', `can't write ${path}: it is a directory`);
    if (existing !== undefined) refuseInputs(path, existing.dev, existing.ino, inputs);
    if (existing !== undefined && !existing.isFile()) {
      this.temporary = null;
      this.fd = attempt(path, () => openSync(this.target, 'w'));
      return;
    }
    const suffix = `${process.pid}-${randomBytes(4).toString('hex')}`;
    this.temporary = join(dirname(this.target), `.${basename(this.target)}.${suffix}.tmp`);
    this.fd = attempt(path, () => openSync(this.temporary!, 'wx', 0o666));
    if (existing !== undefined) attempt(path, () => fchmodSync(this.fd, existing.mode & 0o777));
    process.once('exit', this.discardAtExit);
  }

  write(text: string): void {
    this.joiner.write(text);
  }

  drain(): null {
    return null;
  }

  async commit(): Promise<void> {
    try {
      this.joiner.flush();
      if (this.temporary === null) return;
      attempt(this.path, () => {
        fsyncSync(this.fd);
        renameSync(this.temporary!, this.target);
      });
    } catch (error) {
      this.discard();
      throw error;
    } finally {
      this.close();
    }
  }

  discard(): void {
    this.joiner.clear();
    if (this.fd < 0) return;
    this.close();
    if (this.temporary !== null) ignoreErrors(() => unlinkSync(this.temporary!));
  }

  private readonly discardAtExit = () => this.discard();

  private close(): void {
    process.off('exit', this.discardAtExit);
    if (this.fd < 0) return;
    const { fd } = this;
    this.fd = -1;
    ignoreErrors(() => closeSync(fd));
  }

  private send(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    attempt(this.path, () => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.fd, bytes, done, bytes.length - done);
    });
  }
}

/** Where the rename must go: a link stays a link. */
function realTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return path;
    throw error;
  }
}

function refuseInputs(path: string, dev: number, ino: number, inputs: readonly string[]): void {
  for (const input of inputs) {
    const stat = input === '-' ? undefined : statSync(input, { throwIfNoEntry: false });
    if (stat?.dev === dev && stat.ino === ino) {
      throw new DpiError('output-is-input', `can't write ${path}: it is the same file as the input ${input}`);
    }
  }
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw cannotWrite(path, error as NodeJS.ErrnoException);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is not a folder',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'the link goes round in circles',
};

function cannotWrite(path: string, error: NodeJS.ErrnoException): DpiError {
  const reason = REASONS[error.code ?? ''] ?? error.message;
  return new DpiError('cannot-write', `can't write ${path}: ${reason}`, 2, { cause: error });
}

function ignoreErrors(action: () => void): void {
  try {
    action();
  } catch {
    // Cleaning up: the error that led here is the one to report.
  }
}
