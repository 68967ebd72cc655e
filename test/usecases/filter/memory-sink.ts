import type { ByteSink } from '../../../src/adapters/outputs/byte-sink.js';

/** Collects what is written. */
export class MemorySink implements ByteSink {
  readonly isStream = false;
  private readonly chunks: Buffer[] = [];

  write(bytes: Buffer): void {
    this.chunks.push(Buffer.from(bytes));
  }

  drain(): null {
    return null;
  }

  takeBack(len: number): boolean {
    const all = this.bytes();
    this.chunks.length = 0;
    this.chunks.push(all.subarray(0, all.length - len));
    return true;
  }

  async commit(): Promise<void> {}

  discard(): void {}

  bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}
