import { statSync } from 'node:fs';
import type { ByteSource } from '../../adapters/sources/byte-source.js';
import { openSource, unpackSource } from '../../adapters/sources/open-source.js';
import type { CaptureInput } from '../../adapters/sources/raw-input.js';
import { CaptureStream } from '../../core/capture/capture-stream.js';
import { inputLabel, notACapture } from '../../core/capture/non-capture.js';
import { PacketBatch } from '../../core/capture/packet-batch.js';
import { DpiError } from '../../core/common/error.js';
import type { InputRow } from '../../core/report/model.js';
import { TurnTimer } from '../../system/turn-timer.js';
import { type Drainable, drainAll } from './drain.js';
import type { OnProgress } from './progress.js';

/** Takes the packets of captures, batch by batch. */
export interface BatchReader {
  /** The batch's bytes are valid until this returns. */
  run(batch: PacketBatch): void;
  /** Called after all packets of a piece of input. Returns what to await before the next piece is read, or null. */
  pieceDone?(): Promise<void> | null;
  /** Packets taken so far, and their bytes on the wire. */
  readonly packets: number;
  readonly bytes: number;
}

/** How a caller watches and steers a run. */
export interface RunHooks {
  /** Called after each piece of input. Returns what to await before the next is read, or null. */
  drain?: () => Promise<void> | null;
  onProgress?: OnProgress;
  /** Ends the run early: `read` returns after the current piece. */
  signal?: AbortSignal;
  /** Most bytes of all captures once unpacked; more reject with a DpiError. Unbounded unless given. */
  maxInputLen?: number;
}

/** Reads captures one after the other, and lets the event loop turn in between. */
export class CaptureRun {
  /** One for each input that was read. */
  readonly rows: InputRow[] = [];
  private readonly batch = new PacketBatch();
  private finishedLen = 0;
  /** Bytes unpacked so far. */
  private unpackedLen = 0;
  private readonly turn = new TurnTimer();

  /** `totalLen` is the length of all inputs, for the progress; null when unknown. */
  constructor(
    private readonly reader: BatchReader,
    private readonly hooks: RunHooks,
    private readonly totalLen: number | null,
  ) {}

  get isDamaged(): boolean {
    return this.rows.some(({ damage }) => damage !== null);
  }

  /**
   * Reads the inputs in order, until the signal, then ends all connections of `engine`. `onInput` is called before each
   * input. Rejects with a DpiError.
   */
  async readAll<Input extends CaptureInput>(
    inputs: readonly Input[],
    engine: Drainable,
    onInput?: (input: Input) => void,
  ): Promise<void> {
    for (const input of inputs) {
      if (this.hooks.signal?.aborted) break;
      onInput?.(input);
      await this.read(input);
    }
    await this.drain(engine);
  }

  /** Ends all connections of `engine`, once the input is over. */
  drain(engine: Drainable): Promise<void> {
    return drainAll(engine, () => this.pause());
  }

  /** Reads one input; `name` replaces its path in reports. Rejects with a DpiError. */
  async read(input: CaptureInput, name?: string): Promise<void> {
    const source = await (typeof input === 'string' ? openSource(input, name, this.hooks.signal) : unpackSource(input));
    try {
      await this.readSource(source);
    } finally {
      source.close();
    }
  }

  /** Awaits the `drain` hook, and lets the event loop turn when it is time to. */
  private async pause(bytesRead = 0): Promise<void> {
    const waiting = this.hooks.drain?.();
    if (waiting) await waiting;
    if (!this.turn.isOver) return;
    this.hooks.onProgress?.({
      bytesRead: this.finishedLen + bytesRead,
      totalLen: this.totalLen,
      packets: this.reader.packets,
    });
    await this.turn.next();
  }

  private count(len: number, name: string): void {
    this.unpackedLen += len;
    const { maxInputLen } = this.hooks;
    if (maxInputLen === undefined || this.unpackedLen <= maxInputLen) return;
    throw new DpiError('input-too-long', `${inputLabel(name)} is longer than ${maxInputLen} bytes once unpacked`);
  }

  private async readSource(source: ByteSource): Promise<void> {
    const { reader, batch, hooks } = this;
    const bytesBefore = reader.bytes;
    const stream = new CaptureStream(reader.packets + 1);
    for (let atEnd = false; ; ) {
      while (stream.nextBatch(batch)) reader.run(batch);
      const waiting = reader.pieceDone?.();
      if (waiting) await waiting;
      if (hooks.drain !== undefined || this.turn.isOver) {
        await this.pause(source.bytesRead);
      }
      if (atEnd || stream.stopped || hooks.signal?.aborted) break;
      const filled = source.fill(stream);
      const filledLen = typeof filled === 'number' ? filled : await filled;
      this.count(filledLen, source.name);
      if (filledLen === 0) {
        atEnd = true;
        stream.end();
      }
    }
    if (stream.format === null && !hooks.signal?.aborted) {
      throw notACapture(source.name, stream.unrecognisedHead(), source.compression, source.damage);
    }
    const damage = hooks.signal?.aborted ? null : stream.finish(source);
    this.finishedLen += source.bytesRead;
    this.rows.push({
      name: source.name,
      format: stream.format,
      compression: source.compression,
      packets: stream.packets,
      bytes: reader.bytes - bytesBefore,
      damage: damage === null ? null : damage.message,
    });
  }
}

/** Length of all inputs in bytes; null when one is a pipe or does not exist. */
export function totalLenOf(inputs: readonly CaptureInput[]): number | null {
  let total = 0;
  for (const input of inputs) {
    const len = typeof input === 'string' ? fileLen(input) : input.totalLen;
    if (len === null) return null;
    total += len;
  }
  return total;
}

function fileLen(path: string): number | null {
  const stat = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : null;
}
