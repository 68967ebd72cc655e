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
import { DpiError } from '../core/error.js';
import type { Output } from './output.js';
import { TextJoiner } from './text-joiner.js';
import { cannotWrite } from './write-error.js';

/**
 * A file that appears under its name only when it is complete: written beside it, then renamed. What is no regular
 * file (/dev/stdout, a named pipe) is written directly. Throws DpiError.
 */
export class FileOutput implements Output {
  private readonly joiner = new TextJoiner((text) => this.send(text));
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

function ignoreErrors(action: () => void): void {
  try {
    action();
  } catch {
    // Cleaning up: the error that led here is the one to report.
  }
}
