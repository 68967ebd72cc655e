import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { openFailure, readFailure } from '../../adapters/sources/input-failure.js';
import { inputLabel } from '../../core/capture/non-capture.js';
import { DpiError } from '../../core/common/error.js';
import type { FlowBlock } from '../../core/relay/flow-block.js';

/** Tells files from one another, whatever their paths. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

/**
 * Reads pieces of a file that another thread reads too: cheaper than to fetch its copies from the other core's cache.
 */
export class CaptureRereader {
  private fd = -1;
  private path = '';
  private buf: Buffer = Buffer.alloc(0);

  /** Tells the file apart from one that later takes its path; null for a missing file: reading it gives the error. */
  static identityOf(path: string): FileIdentity | null {
    try {
      const { dev, ino } = statSync(path);
      return { dev, ino };
    } catch {
      return null;
    }
  }

  /** Goes on to the file `path`, which is this one. Throws a DpiError when it is another by now, or can't be opened. */
  open(path: string, { dev, ino }: FileIdentity): void {
    this.close();
    this.path = path;
    try {
      this.fd = openSync(path, 'r');
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? this.changed(error) : openFailure(path, error);
    }
    const stat = fstatSync(this.fd);
    if (stat.dev !== dev || stat.ino !== ino) throw this.changed();
  }

  /**
   * A buffer that holds the bytes of the block: `offset` in the file is 0 in the buffer. Valid until the next call.
   * Bytes that the file has lost are zeros: the thread that read it first will report that it shrank. Throws a DpiError
   * when the file can't be read.
   */
  read(offset: number, { usedStart, usedEnd }: FlowBlock): Buffer {
    if (usedEnd > this.buf.length) this.buf = Buffer.allocUnsafeSlow(usedEnd);
    for (let at = usedStart; at < usedEnd; ) {
      const got = this.readAt(at, usedEnd, offset);
      if (got === 0) {
        this.buf.fill(0, at, usedEnd);
        break;
      }
      at += got;
    }
    return this.buf;
  }

  private readAt(at: number, end: number, offset: number): number {
    try {
      return readSync(this.fd, this.buf, at, end - at, offset + at);
    } catch (error) {
      throw readFailure(this.path, error);
    }
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }

  private changed(cause?: unknown): DpiError {
    return new DpiError('input-changed', `${inputLabel(this.path)} changed while it was read`, { cause });
  }
}
