import type { Writable } from 'node:stream';
import { ByteJoiner } from './byte-joiner.js';
import { isFifo, openFifo, PendingFile } from './compose-files.js';
import type { Interrupt } from './interrupt.js';
import type { Output } from './output.js';
import { StreamOutput } from './stream-output.js';

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

/**
 * The output of `-o`: a file, or a FIFO, whose reader it waits for; null when the user interrupts that. Rejects with
 * DpiError, also for a file that is one of `inputs`.
 */
export async function openFileOutput(
  path: string,
  inputs: readonly string[],
  interrupt: Interrupt,
): Promise<Output | null> {
  if (!isFifo(path)) return new FileOutput(path, inputs);
  const stream = await openFifo(path, interrupt.signal);
  return stream === null ? null : new FifoOutput(stream, path);
}

/** A FIFO; without a reader, writing to it fails. */
class FifoOutput extends StreamOutput {
  constructor(
    private readonly fifo: Writable,
    path: string,
  ) {
    super(fifo, null, path);
  }

  override discard(): void {
    super.discard();
    this.fifo.destroy();
  }
}
