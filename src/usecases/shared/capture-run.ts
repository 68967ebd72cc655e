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
import type { AnalyzeProgress } from '../analyze/analyze-types.js';

/** Takes the packets of captures, batch by batch. */
export interface BatchReader {
  /** The batch's bytes are valid until this returns. */
  run(batch: PacketBatch): void;
  /** All packets of a piece of input have been taken; null, or what to wait for before the next is read. */
  pieceDone?(): Promise<void> | null;
  /** Packets taken so far, and their bytes on the wire. */
  readonly packets: number;
  readonly bytes: number;
}

/** How a run is watched and steered. */
export interface RunHooks {
  /** What to wait for before more is read, after each piece of input; null for nothing. */
  drain?: () => Promise<void> | null;
  onProgress?: (progress: AnalyzeProgress) => void;
  /** Ends the run early: `read` returns after the piece at hand. */
  signal?: AbortSignal;
  /** Bytes that the captures may have in all once unpacked; more reject with a DpiError. No bound unless given. */
  maxInputLen?: number;
}

/** Reads captures one after the other, in slices between which the event loop turns. */
export class CaptureRun {
  /** What has been read, an input each. */
  readonly rows: InputRow[] = [];
  private readonly batch = new PacketBatch();
  private finishedLen = 0;
  /** Bytes unpacked so far. */
  private unpackedLen = 0;
  private readonly slice = new TurnTimer();

  /** `totalLen` is the length of all inputs for the progress, null when unknown. */
  constructor(
    private readonly reader: BatchReader,
    private readonly hooks: RunHooks,
    private readonly totalLen: number | null,
  ) {}

  get isDamaged(): boolean {
    return this.rows.some(({ damage }) => damage !== null);
  }

  /** Reads one input; `name` is what a file is called where that is not its path. Rejects with a DpiError. */
  async read(input: CaptureInput, name?: string): Promise<void> {
    const source = await (typeof input === 'string' ? openSource(input, name, this.hooks.signal) : unpackSource(input));
    try {
      await this.readSource(source);
    } finally {
      source.close();
    }
  }

  /** Lets the event loop turn when it is time to, and waits for the hook; for work after the last input too. */
  async pause(bytesRead = 0): Promise<void> {
    const waiting = this.hooks.drain?.();
    if (waiting) await waiting;
    if (!this.slice.isOver) return;
    this.hooks.onProgress?.({
      bytesRead: this.finishedLen + bytesRead,
      totalLen: this.totalLen,
      packets: this.reader.packets,
    });
    await this.slice.next();
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
      const handedOver = reader.pieceDone?.();
      if (handedOver) await handedOver;
      if (hooks.drain !== undefined || this.slice.isOver) {
        await this.pause(source.bytesRead);
      }
      if (atEnd || stream.stopped || hooks.signal?.aborted) break;
      const answer = source.fill(stream);
      const filledLen = typeof answer === 'number' ? answer : await answer;
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

/** Length of all inputs, null when one is a pipe or can't be looked at. */
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
