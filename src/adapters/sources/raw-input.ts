import { close, closeSync, fstatSync, open, read, readSync } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { inputLabel } from '../../core/capture/non-capture.js';
import { DpiError } from '../../core/error.js';

const openAsync = promisify(open);
const readAsync = promisify(read);

const STDIN_FD = 0;
/** A pipe that another process made non-blocking has nothing yet: look again after this long, doubling up to the cap. */
const RETRY_MS = 1;
const MAX_RETRY_MS = 32;

/** The bytes of a file or pipe as they are, before any decompression. */
export interface RawInput {
  readonly name: string;
  /** Null for pipes. */
  readonly totalLen: number | null;
  readonly bytesRead: number;
  /** True when `rewind` works. */
  readonly seekable: boolean;
  /** Reads up to `len` bytes to `into[at]`; 0 at the end. */
  read(into: Buffer, at: number, len: number): number | Promise<number>;
  /** Goes back to where the input began. */
  rewind(): void;
  close(): void;
}

/** Opens a path, "-" or /dev/stdin for standard input. Rejects with a DpiError that names the path. */
export async function openRawInput(path: string): Promise<RawInput> {
  const isStdin = path === '-' || path === '/dev/stdin' || path === '/dev/fd/0';
  if (isStdin && isatty(STDIN_FD)) {
    throw new DpiError('input-is-terminal', 'standard input is a terminal: pipe a capture into it, or name a file');
  }
  const fd = isStdin ? STDIN_FD : await openPath(path);
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory())
      throw new DpiError('input-is-directory', `${inputLabel(path)} is a directory, not a capture`);
    return stat.isFile() ? new FileInput(path, fd, isStdin, stat.size) : new PipeInput(path, fd, isStdin);
  } catch (error) {
    if (!isStdin) closeSync(fd);
    throw error instanceof DpiError ? error : readFailure(path, error);
  }
}

/** Regular files are read synchronously: measured twice as fast as any asynchronous way. */
class FileInput implements RawInput {
  readonly seekable: boolean;
  bytesRead = 0;
  private fd: number;

  constructor(
    readonly name: string,
    fd: number,
    /** Standard input goes on from wherever its offset stands, and stays open. */
    private readonly isStdin: boolean,
    readonly totalLen: number,
  ) {
    this.fd = fd;
    this.seekable = !isStdin;
  }

  read(into: Buffer, at: number, len: number): number {
    try {
      const got = readSync(this.fd, into, at, len, this.isStdin ? null : this.bytesRead);
      this.bytesRead += got;
      return got;
    } catch (error) {
      throw readFailure(this.name, error);
    }
  }

  rewind(): void {
    this.bytesRead = 0;
  }

  close(): void {
    if (this.fd >= 0 && !this.isStdin) closeSync(this.fd);
    this.fd = -1;
  }
}

/** Pipes, FIFOs, sockets and devices are read on the thread pool, so that signals are served while nothing comes. */
class PipeInput implements RawInput {
  readonly seekable = false;
  readonly totalLen = null;
  bytesRead = 0;
  private fd: number;
  private reading = false;

  constructor(
    readonly name: string,
    fd: number,
    private readonly isStdin: boolean,
  ) {
    this.fd = fd;
  }

  async read(into: Buffer, at: number, len: number): Promise<number> {
    this.reading = true;
    try {
      for (let wait = RETRY_MS; ; wait = Math.min(wait * 2, MAX_RETRY_MS)) {
        try {
          const { bytesRead } = await readAsync(this.fd, into, at, len, null);
          this.bytesRead += bytesRead;
          return bytesRead;
        } catch (error) {
          if (errorCode(error) !== 'EAGAIN') throw readFailure(this.name, error);
          await new Promise((resolve) => setTimeout(resolve, wait));
        }
      }
    } finally {
      this.reading = false;
    }
  }

  rewind(): void {}

  close(): void {
    // Closing under a pending read would hand the number to the next file that is opened.
    if (this.fd >= 0 && !this.isStdin && !this.reading) close(this.fd);
    this.fd = -1;
  }
}

async function openPath(path: string): Promise<number> {
  try {
    // On the thread pool: a FIFO opens only once somebody writes to it.
    return await openAsync(path, 'r');
  } catch (error) {
    throw openFailure(path, error);
  }
}

function openFailure(path: string, error: unknown): DpiError {
  const code = errorCode(error);
  if (code === 'ENOENT') return new DpiError('input-not-found', `${path} does not exist`, undefined, { cause: error });
  if (code === 'ENOTDIR') {
    return new DpiError('input-not-found', `${path} does not exist: a part of the path is no directory`, undefined, {
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new DpiError('input-not-permitted', `${path} may not be read: permission denied`, undefined, {
      cause: error,
    });
  }
  return new DpiError('input-not-readable', `${path} can't be opened: ${errorText(error)}`, undefined, {
    cause: error,
  });
}

function readFailure(name: string, error: unknown): DpiError {
  return new DpiError('input-not-readable', `${inputLabel(name)} can't be read: ${errorText(error)}`, undefined, {
    cause: error,
  });
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Node's "EIO: i/o error, read" without the system call. */
function errorText(error: unknown): string {
  return error instanceof Error ? error.message.replace(/, \w+( '.*')?$/, '') : String(error);
}
