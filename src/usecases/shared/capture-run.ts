import { statSync } from 'node:fs';
import { openSource, unpackSource } from '../../adapters/sources/open-source.js';
import type { CaptureInput } from '../../adapters/sources/raw-input.js';
import { inputLabel, notACapture } from '../../core/capture/non-capture.js';
import { PacketBatch } from '../../core/capture/packet-batch.js';
import { DpiError } from '../../core/common/error.js';
import type { InputFrames } from '../../core/report/input-frames.js';
import type { InputRow } from '../../core/report/model.js';
import { TurnTimer } from '../../system/turn-timer.js';
import { type Drainable, drainAll } from './drain.js';
import { type InputPlace, OpenInput } from './open-input.js';
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
  /** Filled with where the packets of several inputs lie. */
  frames?: InputFrames;
  /** Called with an input, and its index, before the reader gets bytes of another one than before. */
  onInput?: (input: CaptureInput, index: number) => void;
  /** By index, what replaces an input's path in reports. */
  names?: readonly string[];
}

/** Inputs that are read at a time; each holds a buffer of half a megabyte. */
const MAX_OPEN = 64;

/** An input that waits for its time. */
interface WaitingInput {
  readonly input: CaptureInput;
  /** Place among the inputs as given. */
  readonly index: number;
  readonly firstMicros: number;
  /** One that can be opened only once stays open. */
  readonly opened: OpenInput | null;
}

/**
 * Reads captures as one, and lets the event loop turn in between. Several captures are read in the order of their time
 * stamps: one after the other where their periods follow one another, packet by packet where these overlap. So the
 * order in which they are given makes no difference. Packets are numbered in the order in which they are read.
 */
export class CaptureRun {
  /** One for each input that was read, in the order given. */
  readonly rows: InputRow[] = [];
  /** Packets of one input that come before the next of another. */
  private readonly part = new PacketBatch();
  /** Bytes of the inputs that are over, and the inputs that are being read. */
  private finishedLen = 0;
  private readonly reading = new Set<OpenInput>();
  /** Bytes unpacked so far. */
  private unpackedLen = 0;
  private current: OpenInput | null = null;
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

  /** Reads the inputs, until the signal, then ends all connections of `engine`. Rejects with a DpiError. */
  async readAll(inputs: readonly CaptureInput[], engine: Drainable): Promise<void> {
    await this.readInputs(inputs);
    await this.drain(engine);
  }

  /** Reads the inputs, until the signal. Rejects with a DpiError. */
  async readInputs(inputs: readonly CaptureInput[]): Promise<void> {
    if (inputs.length === 1) await this.read(inputs[0]!);
    else await this.readMerged(inputs);
  }

  /** Ends all connections of `engine`, once the input is over. */
  drain(engine: Drainable): Promise<void> {
    return drainAll(engine, () => this.pause());
  }

  /** Reads one input. Rejects with a DpiError. */
  async read(input: CaptureInput): Promise<void> {
    const one = await this.open(input, { index: 0, order: 0 });
    this.reading.add(one);
    try {
      while (await this.advance(one)) this.take(one, one.batch.count);
      this.rows.push(this.rowOf(one));
    } finally {
      one.source.close();
    }
  }

  private async readMerged(inputs: readonly CaptureInput[]): Promise<void> {
    const rows = new Map<number, InputRow>();
    const waiting: WaitingInput[] = [];
    const active = new Set<OpenInput>();
    let last: OpenInput | null = null;
    try {
      for (const [index, input] of inputs.entries()) {
        if (this.isAborted) break;
        waiting.push(await this.peek(input, index));
      }
      waiting.sort(compareWaiting);
      for (let order = 0; !this.isAborted; ) {
        let earliest = earliestOf(active);
        const isDue = earliest === null || (waiting[0]?.firstMicros ?? Infinity) <= earliest.nextMicros;
        const next = isDue && active.size < MAX_OPEN ? waiting.shift() : undefined;
        if (next !== undefined) {
          const one = next.opened ?? (await this.open(next.input, { index: next.index, order: ++order }));
          active.add(one);
          this.reading.add(one);
          if (!one.hasPackets) await this.advance(one);
          one.orderBatch();
        } else if (earliest === null) break;
        earliest = earliestOf(active)!;
        if (earliest.hasPackets) {
          if (earliest !== last) this.hooks.frames?.note(this.reader.packets + 1, earliest.index, earliest.packets + 1);
          last = earliest;
          this.take(earliest, earliest.endBefore(limitOf(earliest, active, waiting[0]?.firstMicros)));
          if (earliest.hasPackets) continue;
          if (await this.advance(earliest)) {
            if (active.size > 1 || waiting.length > 0) earliest.orderBatch();
            continue;
          }
        }
        if (!earliest.isOver && !this.isAborted) continue;
        rows.set(earliest.index, this.rowOf(earliest));
        active.delete(earliest);
        earliest.source.close();
      }
      for (const one of active) rows.set(one.index, this.rowOf(one));
    } finally {
      for (const one of active) one.source.close();
      for (const { opened } of waiting) opened?.source.close();
    }
    this.rows.push(...[...rows].sort(([a], [b]) => a - b).map(([, row]) => row));
  }

  /** Bytes of the input are next for the reader. */
  private turnTo(one: OpenInput): void {
    if (this.current === one) return;
    this.current = one;
    this.hooks.onInput?.(one.input, one.index);
  }

  private get isAborted(): boolean {
    return this.hooks.signal?.aborted === true;
  }

  private async open(input: CaptureInput, place: InputPlace): Promise<OpenInput> {
    const name = this.hooks.names?.[place.index];
    const source = await (typeof input === 'string' ? openSource(input, name, this.hooks.signal) : unpackSource(input));
    return new OpenInput(source, input, place, this.reader.packets + 1);
  }

  /** Reads the first packets of an input. */
  private async peek(input: CaptureInput, index: number): Promise<WaitingInput> {
    const isReadTwice = typeof input === 'string' && fileLen(input) !== null;
    const one = await this.open(input, { index, order: isReadTwice ? 0 : -index });
    try {
      await this.advance(one, !isReadTwice);
      const { firstMicros } = one;
      if (isReadTwice) one.source.close();
      return { input, index, firstMicros, opened: isReadTwice ? null : one };
    } catch (error) {
      one.source.close();
      throw error;
    }
  }

  /**
   * Reads the next packets of the input; false when it is over, or at the signal. Unless `isCounted`, the input is read
   * again, and the reader gets nothing.
   */
  private async advance(one: OpenInput, isCounted = true): Promise<boolean> {
    const { reader, hooks } = this;
    const { batch, source, stream } = one;
    for (;;) {
      while (stream.nextBatch(batch)) {
        one.next = 0;
        if (batch.count > 0) return true;
        if (!isCounted) continue;
        // Headers and blocks without packets: a filter copies them.
        this.turnTo(one);
        reader.run(batch);
      }
      batch.count = 0;
      if (isCounted) {
        const waiting = reader.pieceDone?.();
        if (waiting) await waiting;
        if (hooks.drain !== undefined || this.turn.isOver) await this.pause();
      }
      if (one.isOver || stream.stopped || this.isAborted) {
        one.isOver = true;
        return false;
      }
      const filled = source.fill(stream);
      const filledLen = typeof filled === 'number' ? filled : await filled;
      if (isCounted) this.count(filledLen, source.name);
      if (filledLen === 0) {
        one.isOver = true;
        stream.end();
      }
    }
  }

  /** Hands the packets from the next one up to the row `end` (exclusive) on. */
  private take(one: OpenInput, end: number): void {
    const { reader } = this;
    const bytesBefore = reader.bytes;
    let { batch } = one;
    if (one.next > 0 || end < batch.count) {
      batch = this.part;
      one.copyPart(batch, end);
    }
    batch.firstNumber = reader.packets + 1;
    this.turnTo(one);
    reader.run(batch);
    one.packets += end - one.next;
    one.next = end;
    one.bytes += reader.bytes - bytesBefore;
  }

  /** Awaits the `drain` hook, and lets the event loop turn when it is time to. */
  private async pause(): Promise<void> {
    const waiting = this.hooks.drain?.();
    if (waiting) await waiting;
    if (!this.turn.isOver) return;
    let bytesRead = this.finishedLen;
    for (const { source } of this.reading) bytesRead += source.bytesRead;
    this.hooks.onProgress?.({
      bytesRead,
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

  /** The report's row of an input that is over. Throws a DpiError when it is no capture. */
  private rowOf(one: OpenInput): InputRow {
    const { source, stream, bytes } = one;
    if (stream.format === null && !this.isAborted) {
      throw notACapture(source.name, stream.unrecognisedHead(), source.compression, source.damage);
    }
    const damage = this.isAborted ? null : stream.finish(source);
    this.finishedLen += source.bytesRead;
    this.reading.delete(one);
    return {
      name: source.name,
      format: stream.format,
      compression: source.compression,
      packets: stream.packets,
      bytes,
      damage: damage === null ? null : damage.message,
    };
  }
}

/** By time, whatever the order given; inputs without packets first. */
function compareWaiting(a: WaitingInput, b: WaitingInput): number {
  if (a.firstMicros !== b.firstMicros) return a.firstMicros < b.firstMicros ? -1 : 1;
  const nameA = typeof a.input === 'string' ? a.input : '';
  const nameB = typeof b.input === 'string' ? b.input : '';
  return nameA === nameB ? a.index - b.index : nameA < nameB ? -1 : 1;
}

/** The input whose next packet comes first, one without packets before all; null for none. */
function earliestOf(inputs: Iterable<OpenInput>): OpenInput | null {
  let earliest: OpenInput | null = null;
  for (const one of inputs) {
    if (!one.hasPackets) return one;
    if (earliest === null || one.nextMicros < earliest.nextMicros) earliest = one;
    else if (one.nextMicros === earliest.nextMicros && one.order < earliest.order) earliest = one;
  }
  return earliest;
}

/** Time of the first packet of another input than `one`. */
function limitOf(one: OpenInput, inputs: Iterable<OpenInput>, firstWaiting = Number.POSITIVE_INFINITY): number {
  let limit = firstWaiting;
  for (const other of inputs) if (other !== one && other.nextMicros < limit) limit = other.nextMicros;
  return limit;
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
