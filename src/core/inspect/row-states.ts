import { FLOW_STATE } from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import type { FlowRows } from '../flow/flow-rows.js';

export interface RowState {
  /** Makes it as it was when new. */
  reset(): void;
}

/**
 * What inspection keeps of connections beside their rows, found through the row's STATE word. Pooled: most connections
 * never need one.
 */
export class RowStates<T extends RowState> {
  /** Index is STATE; those that `free` lists are in no row. */
  private readonly states: T[] = [];
  private readonly free: number[] = [];
  /** Times that there was no room for another. */
  refused = 0;

  constructor(
    private readonly flows: FlowRows,
    private readonly maxStates: number,
    private readonly create: () => T,
  ) {}

  /** Connections that have one. */
  get inUse(): number {
    return this.states.length - this.free.length;
  }

  /** True when `ensure` may be called for the connection: it has one, or there is room for another. Else counts it. */
  hasRoom(row: number): boolean {
    if ((this.flows.words[(row << F.ROW_SHIFT) + F.FLAGS]! & FLOW_STATE) !== 0 || this.inUse < this.maxStates)
      return true;
    this.refused++;
    return false;
  }

  /** Null for a connection without one. */
  get(row: number): T | null {
    const w = row << F.ROW_SHIFT;
    const { words } = this.flows;
    if ((words[w + F.FLAGS]! & FLOW_STATE) === 0) return null;
    return this.states[words[w + F.STATE]!]!;
  }

  /** Gives the connection one when it has none; the caller has asked `hasRoom`. */
  ensure(row: number): T {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    if ((words[w + F.FLAGS]! & FLOW_STATE) === 0) {
      words[w + F.STATE] = this.free.pop() ?? this.states.push(this.create()) - 1;
      words[w + F.FLAGS] = words[w + F.FLAGS]! | FLOW_STATE;
    }
    return this.states[words[w + F.STATE]!]!;
  }

  /** Takes back what the connection has, if anything. */
  release(row: number): void {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    if ((words[w + F.FLAGS]! & FLOW_STATE) === 0) return;
    words[w + F.FLAGS] = words[w + F.FLAGS]! & ~FLOW_STATE;
    const index = words[w + F.STATE]!;
    this.states[index]!.reset();
    this.free.push(index);
  }
}
