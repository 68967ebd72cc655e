import * as F from '../flow/flow-row.js';

/** What an inspector keeps of a UDP conversation beside its row. */
export class DatagramState {
  inspectorState: unknown = undefined;
  /** The inspector whose state it is. */
  owner = -1;
  /** Packet that the inspector was shown last. */
  packetNumber = 0;
}

/** The `DatagramState` of the connections that have one, found through the row's STREAM word. Pooled. */
export class DatagramStates {
  /** Index 0 stands for none. */
  private readonly states: DatagramState[] = [new DatagramState()];
  private readonly free: number[] = [];
  /** States that were not kept because there were too many. */
  refused = 0;

  constructor(
    private readonly words: Int32Array,
    private readonly maxStates: number,
  ) {}

  /** Connections that have one. */
  get inUse(): number {
    return this.states.length - 1 - this.free.length;
  }

  /** Null for a connection without one. */
  get(row: number): DatagramState | null {
    const index = this.words[(row << F.ROW_SHIFT) + F.STREAM]!;
    return index === 0 ? null : this.states[index]!;
  }

  /** Gives a connection that has none one; null, and counted, where there is no room. */
  add(row: number): DatagramState | null {
    if (this.inUse >= this.maxStates) {
      this.refused++;
      return null;
    }
    const index = this.free.pop() ?? this.states.push(new DatagramState()) - 1;
    this.words[(row << F.ROW_SHIFT) + F.STREAM] = index;
    return this.states[index]!;
  }

  release(row: number): void {
    const at = (row << F.ROW_SHIFT) + F.STREAM;
    const index = this.words[at]!;
    if (index === 0) return;
    this.words[at] = 0;
    this.states[index]!.inspectorState = undefined;
    this.free.push(index);
  }
}
