import { closeSync, constants, fstatSync, open, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inputLabel } from '../../core/capture/non-capture.js';
import { DpiError } from '../../core/common/error.js';
import { openFailure, readFailure } from './input-failure.js';
import { isStdinPath, type RawInput } from './raw-input.js';

const openAsync = promisify(open);

const STDIN_FD = 0;

/**
 * Opens a path ("-" or /dev/stdin is standard input) under the name `name`. The signal ends a pipe, even a silent one.
 * Rejects with a DpiError that names the input.
 */
export async function openRawInput(path: string, name: string = path, signal?: AbortSignal): Promise<RawInput> {
  const isStdin = isStdinPath(path);
  if (isStdin && (await import('node:tty')).isatty(STDIN_FD)) {
    throw new DpiError('input-is-terminal', 'standard input is a terminal: pipe a capture into it, or name a file');
  }
  const fd = isStdin ? STDIN_FD : await openPath(path);
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) {
      const advice = `name the captures in it, as in ${join(name, '*.pcap')}`;
      throw new DpiError('input-is-directory', `${inputLabel(name)} is a directory, not a capture; ${advice}`);
    }
    if (stat.isFIFO() || stat.isSocket()) {
      // Loads node:net, which files do without.
      const { PipeInput } = await import('./pipe-input.js');
      return new PipeInput(name, fd, signal);
    }
    return new FileInput(name, fd, isStdin, stat.isFile() ? stat.size : null);
  } catch (error) {
    if (!isStdin) closeSync(fd);
    throw error instanceof DpiError ? error : readFailure(name, error);
  }
}

/** A file or device. Read synchronously: measured twice as fast as any asynchronous way. */
class FileInput implements RawInput {
  readonly seekable: boolean;
  bytesRead = 0;
  private fd: number;

  constructor(
    readonly name: string,
    fd: number,
    /** Standard input is read from its current offset, and stays open. */
    private readonly isStdin: boolean,
    readonly totalLen: number | null,
  ) {
    this.fd = fd;
    this.seekable = !isStdin && totalLen !== null;
  }

  read(into: Buffer, at: number, len: number): number {
    try {
      const got = readSync(this.fd, into, at, len, this.seekable ? this.bytesRead : null);
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

async function openPath(path: string): Promise<number> {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    // Opens at once: no need to start Node's thread pool.
    if (stat?.isFile()) return openSync(path, 'r');
    // Opening a FIFO blocks until it has a writer, and a thread that waits for one can't be cancelled: even a signal
    // would not end the process. Opened without blocking, the FIFO is silent until then (poll(2) reports nothing).
    const isNonBlocking = process.platform === 'linux' && stat?.isFIFO();
    return await openAsync(path, isNonBlocking ? constants.O_RDONLY | constants.O_NONBLOCK : 'r');
  } catch (error) {
    throw openFailure(path, error);
  }
}
