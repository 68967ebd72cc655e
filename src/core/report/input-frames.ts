import type { ConnectionRecord } from './connection-record.js';

/** Changes from one input to another that are remembered. */
const MAX_CHANGES = 1 << 20;

/** Where a packet lies: the place of its input among those given, and its number in it, from 1. */
export interface Frame {
  readonly input: number;
  readonly frame: number;
}

/**
 * Finds the input that a packet came from, where several are read as one and their packets are numbered throughout:
 * remembers at which numbers one input took over from another.
 */
export class InputFrames {
  /** By change: the number of the first packet, its input, and its number there. */
  private readonly numbers: number[] = [];
  private readonly inputs: number[] = [];
  private readonly frames: number[] = [];
  /** Packets from this number on are not placed: there were too many changes. */
  private end = Number.POSITIVE_INFINITY;
  /** Changes that were not remembered. */
  refused = 0;

  /** Packet `number` is number `frame` of `input`; those that follow come from there too. Call it in their order. */
  note(number: number, input: number, frame: number): void {
    const { numbers } = this;
    if (this.inputs.at(-1) === input && this.refused === 0) return;
    if (numbers.length >= MAX_CHANGES) {
      if (this.refused++ === 0) this.end = number;
      return;
    }
    numbers.push(number);
    this.inputs.push(input);
    this.frames.push(frame);
  }

  /** Where packet `number` lies; null where that is not known. */
  find(number: number): Frame | null {
    const { numbers } = this;
    if (number >= this.end) return null;
    let low = 0;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (numbers[middle]! <= number) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return null;
    return { input: this.inputs[low - 1]!, frame: this.frames[low - 1]! + number - numbers[low - 1]! };
  }
}

/** Sets the members of `into` that tell where its packets, whose numbers are set, lie: null without `frames`. */
export function readFrames(frames: InputFrames | null, into: ConnectionRecord): void {
  const first = frames === null || into.first_packet === null ? null : frames.find(into.first_packet);
  const input = first === null ? null : first.input;
  into.input = input;
  into.first_frame = first === null ? null : first.frame;
  into.last_frame = frameIn(frames, input, into.last_packet);
  into.evidence_frame = frameIn(frames, input, into.evidence_packet);
}

/** The number that the packet has in `input`; null where it lies in another one. */
function frameIn(frames: InputFrames | null, input: number | null, number: number | null): number | null {
  if (frames === null || input === null || number === null) return null;
  const found = frames.find(number);
  return found?.input === input ? found.frame : null;
}
