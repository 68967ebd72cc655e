import { FLOW_STATE } from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { UninspectedRows } from './uninspected-rows.js';

export interface RowState {
  /** Makes it as it was when new. */
  reset(): void;
}

/**
 * What inspection keeps of connections beside their rows, found through the row's state index. Pooled: most connections
 * never need one.
 */
export class RowStates<T extends RowState> {
  /** By the row's state index; no row has those that `free` lists. */
  private readonly states: T[] = [];
  private readonly free: number[] = [];
  /** Times that there was no room for another. */
  refused = 0;

  constructor(
    private readonly flows: FlowRows,
    private readonly maxStates: number,
    private readonly create: () => T,
    /** Takes the connections that there was no room for. */
    readonly uninspected: UninspectedRows,
  ) {}

  /** Connections that have one. */
  get inUse(): number {
    return this.states.length - this.free.length;
  }

  /**
   * True when `ensure` may be called for the connection: it has a state, or there is room for another. Otherwise counts
   * a refusal, and marks the connection as not inspected where that `leavesUnread` a part of it.
   */
  hasRoom(row: number, leavesUnread = true): boolean {
    if (this.flows.hasFlag(row, FLOW_STATE) || this.inUse < this.maxStates) return true;
    this.refused++;
    if (leavesUnread) this.uninspected.add(row);
    return false;
  }

  /** Null for a connection without one. */
  get(row: number): T | null {
    const { flows } = this;
    return flows.hasFlag(row, FLOW_STATE) ? this.states[flows.stateOf(row)]! : null;
  }

  /** Gives the connection one when it has none; the caller has asked `hasRoom`. */
  ensure(row: number): T {
    const { flows } = this;
    if (!flows.hasFlag(row, FLOW_STATE)) {
      flows.setState(row, this.free.pop() ?? this.states.push(this.create()) - 1);
      flows.addFlags(row, FLOW_STATE);
    }
    return this.states[flows.stateOf(row)]!;
  }

  /** Takes back what the connection has, if anything. */
  release(row: number): void {
    const { flows } = this;
    if (!flows.hasFlag(row, FLOW_STATE)) return;
    flows.clearFlags(row, FLOW_STATE);
    const index = flows.stateOf(row);
    this.states[index]!.reset();
    this.free.push(index);
  }
}
