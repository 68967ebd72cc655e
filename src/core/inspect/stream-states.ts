import * as F from '../flow/flow-row.js';
import { StreamState } from './stream-state.js';

/** The `StreamState` of the connections that have one, found through the row's STREAM word. */
export class StreamStates {
  /** Index 0 stands for none. */
  private readonly states: StreamState[] = [new StreamState()];
  private readonly free: number[] = [];

  constructor(
    private readonly words: Int32Array,
    private readonly maxStates: number,
  ) {}

  /** Times that there was no room for another. */
  refused = 0;

  /** Connections that have one. */
  get inUse(): number {
    return this.states.length - 1 - this.free.length;
  }

  /** True when `ensure` may be called for the connection: it has one, or there is room for another. Else counts it. */
  hasRoom(row: number): boolean {
    if (this.words[(row << F.ROW_SHIFT) + F.STREAM] !== 0 || this.inUse < this.maxStates) return true;
    this.refused++;
    return false;
  }

  /** Null for a connection without one. */
  get(row: number): StreamState | null {
    const index = this.words[(row << F.ROW_SHIFT) + F.STREAM]!;
    return index === 0 ? null : this.states[index]!;
  }

  /** Gives the connection one when it has none; the caller has asked `hasRoom`. */
  ensure(row: number): StreamState {
    const at = (row << F.ROW_SHIFT) + F.STREAM;
    if (this.words[at] === 0) this.words[at] = this.free.pop() ?? this.states.push(new StreamState()) - 1;
    return this.states[this.words[at]!]!;
  }

  release(row: number): void {
    const at = (row << F.ROW_SHIFT) + F.STREAM;
    const index = this.words[at]!;
    if (index === 0) return;
    this.states[index]!.reset();
    this.words[at] = 0;
    this.free.push(index);
  }
}
