import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { DpiError } from '../../core/common/error.js';
import { refuseSameFile } from './pending-file.js';
import { cannotWrite } from './write-error.js';

/**
 * A capture file that grows during the capture, and is readable at any moment. Every method throws DpiError with a
 * sentence that names the path.
 */
export class GrowingFile {
  private fd: number;
  private writtenLen = 0;
  private completeLen = 0;

  /** Replaces an existing file; `inputs` are paths that must not be overwritten ("-" is standard input). */
  constructor(
    readonly path: string,
    inputs: readonly string[] = [],
  ) {
    try {
      // Without O_TRUNC: the file may be the input.
      this.fd = openSync(path, 'a');
    } catch (error) {
      throw cannotWrite(path, error as NodeJS.ErrnoException);
    }
    try {
      refuseSameFile(this.fd, path, inputs);
      if (fstatSync(this.fd).isFile()) ftruncateSync(this.fd, 0);
    } catch (error) {
      closeSync(this.fd);
      throw error instanceof DpiError ? error : cannotWrite(path, error as NodeJS.ErrnoException);
    }
  }

  /** Appends `buf[start, end)`. The file may end at `completeEnd`; the bytes from there on are an unfinished block. */
  write(buf: Buffer, start: number, end: number, completeEnd: number): void {
    try {
      for (let at = start; at < end; ) at += writeSync(this.fd, buf, at, end - at);
    } catch (error) {
      throw cannotWrite(this.path, error as NodeJS.ErrnoException);
    }
    if (completeEnd > start) this.completeLen = this.writtenLen + (completeEnd - start);
    this.writtenLen += end - start;
  }

  /** Removes an unfinished block and closes the file. May be called twice. */
  close(): void {
    if (this.fd < 0) return;
    const { fd } = this;
    this.fd = -1;
    try {
      if (this.completeLen < this.writtenLen && fstatSync(fd).isFile()) ftruncateSync(fd, this.completeLen);
    } catch {
      // The file stays readable up to the unfinished block.
    }
    closeSync(fd);
  }
}
