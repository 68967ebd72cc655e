import { ByteJoiner } from './byte-joiner.js';
import { PendingFile } from './compose.js';
import type { Output } from './output.js';

/** A report in a file, which appears when it is complete. Throws DpiError. */
export class FileOutput implements Output {
  private readonly joiner = new ByteJoiner((bytes, done) => {
    this.file.write(bytes);
    done();
  });
  private readonly file: PendingFile;

  /** `inputs` are paths that must not be overwritten. */
  constructor(path: string, inputs: readonly string[] = []) {
    this.file = new PendingFile(path, inputs);
  }

  write(text: string): void {
    this.joiner.write(text);
  }

  writeBytes(buf: Buffer, start: number, end: number): void {
    this.joiner.writeBytes(buf, start, end);
  }

  drain(): null {
    return null;
  }

  async commit(): Promise<void> {
    try {
      this.joiner.flush();
    } catch (error) {
      this.file.discard();
      throw error;
    }
    this.file.commit();
  }

  discard(): void {
    this.joiner.clear();
    this.file.discard();
  }
}
