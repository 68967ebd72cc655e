import type { ByteSink } from './byte-sink.js';
import type { PendingFile } from './pending-file.js';

/** An uncompressed file, written synchronously, which is fastest. */
export class FileSink implements ByteSink {
  readonly isStream: boolean;

  constructor(private readonly file: PendingFile) {
    this.isStream = !file.isRegular;
  }

  write(bytes: Buffer): void {
    this.file.write(bytes);
  }

  drain(): null {
    return null;
  }

  takeBack(len: number): boolean {
    return this.file.takeBack(len);
  }

  async commit(): Promise<void> {
    this.file.commit();
  }

  discard(): void {
    this.file.discard();
  }
}
