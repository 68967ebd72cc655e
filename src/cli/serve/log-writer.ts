import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Bytes of log that may wait for a reader of standard error. */
const MAX_WAITING_LEN = 1 << 20;
/** Time for the last lines at the end. */
const LAST_LINES_MS = 1000;

/** Writes log lines to a stream. While nothing reads them, further lines are dropped and counted. */
export class LogWriter {
  private lost = 0;

  constructor(private readonly stream: Writable) {
    stream.on('drain', () => this.tellLost());
  }

  /** Writes one line, without its line feed. */
  write(line: string): void {
    if (this.stream.writableLength > MAX_WAITING_LEN) {
      this.lost++;
      return;
    }
    this.tellLost();
    this.stream.write(`${line}\n`);
  }

  /** Waits for the lines that were written, for a moment; false if they are still not read. */
  async isRead(): Promise<boolean> {
    const { stream } = this;
    if (stream.writableLength === 0 || stream.destroyed) return true;
    const signal = AbortSignal.timeout(LAST_LINES_MS);
    await once(stream, 'drain', { signal }).catch(() => {});
    return stream.writableLength === 0;
  }

  private tellLost(): void {
    const { lost } = this;
    this.lost = 0;
    if (lost > 0) this.stream.write(`dpi: ${lost} log lines were lost: standard error was not read\n`);
  }
}
