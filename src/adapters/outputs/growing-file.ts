import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { DpiError } from '../../core/common/error.js';
import { refuseSameFile } from './pending-file.js';
import { cannotWrite } from './write-error.js';

/**
 * A file that grows while the work goes on, and is whole at any moment as far as it goes: what people expect of a
 * capture that is being taken. Every method throws DpiError with a sentence that names the path.
 */
export class GrowingFile {
  private fd: number;
  private writtenLen = 0;
  private completeLen = 0;

  /** Replaces what is there; `inputs` are paths that must not be overwritten ("-" is standard input). */
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

  /** Adds `buf[start, end)`; of that, what is before `completeEnd` can stand as the end of the file. */
  write(buf: Buffer, start: number, end: number, completeEnd: number): void {
    try {
      for (let at = start; at < end; ) at += writeSync(this.fd, buf, at, end - at);
    } catch (error) {
      throw cannotWrite(this.path, error as NodeJS.ErrnoException);
    }
    if (completeEnd > start) this.completeLen = this.writtenLen + (completeEnd - start);
    this.writtenLen += end - start;
  }

  /** Takes back what is not complete, and lets go. May be called twice. */
  close(): void {
    if (this.fd < 0) return;
    const { fd } = this;
    this.fd = -1;
    try {
      if (this.completeLen < this.writtenLen && fstatSync(fd).isFile()) ftruncateSync(fd, this.completeLen);
    } catch {
      // What is there can be read as far as it goes.
    }
    closeSync(fd);
  }
}
