import { PendingFile } from '../adapters/outputs/pending-file.js';
import type { Output } from './output.js';
import { TextJoiner } from './text-joiner.js';

/** A report in a file, which appears when it is complete. Throws DpiError. */
export class FileOutput implements Output {
  private readonly joiner = new TextJoiner((text) => this.file.write(Buffer.from(text, 'utf8')));
  private readonly file: PendingFile;

  /** `inputs` are paths that must not be overwritten. */
  constructor(path: string, inputs: readonly string[] = []) {
    this.file = new PendingFile(path, inputs);
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
