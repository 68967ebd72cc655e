import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { inputLabel } from './core/capture/non-capture.js';
import { DpiError } from './core/error.js';
import type { FlowBlock } from './core/relay/flow-block.js';

export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

/** Reads pieces of a file that another thread reads too: cheaper than to fetch its copies from the other core's cache. */
export class PieceReader {
  private fd = -1;
  private path = '';
  private buf: Buffer = Buffer.alloc(0);

  /** What tells a file from another that takes its path; null where there is none. */
  static identityOf(path: string): FileIdentity | null {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? null : { dev: stat.dev, ino: stat.ino };
  }

  /** Goes on to the file `path`, which is this one. Throws a DpiError when it is another by now. */
  open(path: string, { dev, ino }: FileIdentity): void {
    this.close();
    this.path = path;
    try {
      this.fd = openSync(path, 'r');
    } catch (error) {
      throw this.changed(error);
    }
    const stat = fstatSync(this.fd);
    if (stat.dev !== dev || stat.ino !== ino) throw this.changed();
  }

  /**
   * A buffer that holds what the block speaks of, where `offset` in the file is 0 in the buffer; valid until the next call.
   * What the file has lost meanwhile is zeros: the thread that read it before will find that it shrank.
   */
  read(offset: number, { usedStart, usedEnd }: FlowBlock): Buffer {
    if (usedEnd > this.buf.length) this.buf = Buffer.allocUnsafeSlow(usedEnd);
    for (let at = usedStart; at < usedEnd; ) {
      const got = readSync(this.fd, this.buf, at, usedEnd - at, offset + at);
      if (got === 0) {
        this.buf.fill(0, at, usedEnd);
        break;
      }
      at += got;
    }
    return this.buf;
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }

  private changed(cause?: unknown): DpiError {
    return new DpiError('input-changed', `${inputLabel(this.path)} changed while it was read`, undefined, { cause });
  }
}
