import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import { DatagramState } from './datagram-state.js';
import type { FindingListener } from './finding-listener.js';
import { type Finding, FOUND, type InspectContext, type Inspector, MALFORMED, NOT_MINE } from './inspector.js';
import type { InspectorTable } from './inspector-table.js';
import { RowStates } from './row-states.js';

/** Datagrams of an unrecognised connection after which nothing more is tried. */
const MAX_DATAGRAMS = 10;
/** Datagrams shown to an inspector that keeps asking for more. */
const MAX_UNFINISHED = 40;

/**
 * Puts UDP datagrams before the inspectors. Ports give the order of asking, content decides. A connection costs an
 * object only while an inspector holds state for it.
 */
export class DatagramInspection {
  private readonly states: RowStates<DatagramState>;

  constructor(
    private readonly table: InspectorTable,
    private readonly context: InspectContext,
    private readonly finding: Finding,
    private readonly listener: FindingListener,
    flows: FlowRows,
    maxStates: number,
  ) {
    this.states = new RowStates(flows, maxStates, () => new DatagramState());
  }

  /** States that were not kept because there were too many. */
  get refused(): number {
    return this.states.refused;
  }

  /** Connections for which an inspector holds state. */
  get inProgress(): number {
    return this.states.inUse;
  }

  /**
   * Shows the datagram `buf[start, end)`, the `seen`-th of its connection (from 1); `chosen` is the inspector that
   * recognised the connection before, -1 for none. Returns the one that knows it now, or -1; `done` tells whether the
   * connection needs no more inspection.
   */
  datagram(
    row: number,
    sender: Endpoint,
    buf: Buffer,
    start: number,
    end: number,
    seen: number,
    chosen: number,
    packetNumber: number,
  ): number {
    this.done = false;
    this.listener.describe(row, sender, this.context);
    if (chosen >= 0) {
      this.ask(chosen, row, sender, buf, start, end, packetNumber);
      if (this.status !== FOUND && seen >= MAX_UNFINISHED && !this.table.inspectors[chosen]!.continues)
        this.done = true;
      return chosen;
    }
    const { table } = this;
    const { srcPort, dstPort } = this.context;
    const candidates = table.candidates(buf[start]!);
    const first = table.ownerOf(dstPort, srcPort);
    if (first >= 0) {
      if (this.ask(first, row, sender, buf, start, end, packetNumber)) return this.stay(first, seen);
      for (let i = 0; i < candidates.length; i++) {
        const index = candidates[i]!;
        if (index !== first && this.ask(index, row, sender, buf, start, end, packetNumber)) {
          return this.stay(index, seen);
        }
      }
      const onPort = table.onPort(dstPort, srcPort);
      if (onPort >= 0 && onPort !== first && this.ask(onPort, row, sender, buf, start, end, packetNumber)) {
        return this.stay(onPort, seen);
      }
    } else {
      for (let i = 0; i < candidates.length; i++) {
        const index = candidates[i]!;
        if (!table.bearsMark(index, buf, start, end)) continue;
        if (this.ask(index, row, sender, buf, start, end, packetNumber)) return this.stay(index, seen);
      }
    }
    if (seen >= MAX_DATAGRAMS) this.done = true;
    return -1;
  }

  /** Whether the connection stays with the inspector that knew the datagram: a protocol without names binds nothing. */
  private stay(index: number, seen: number): number {
    if (this.table.inspectors[index]!.nameless !== true) return index;
    if (seen >= MAX_DATAGRAMS) this.done = true;
    return -1;
  }

  /** Set by `datagram`. */
  done = false;
  private status = NOT_MINE as number;

  /** The connection ended or is settled: gives its state back, after a last look where nothing was found yet. */
  end(row: number, settled: boolean): void {
    const state = this.states.get(row);
    if (state === null) return;
    const { owner, inspectorState, packetNumber } = state;
    this.states.release(row);
    const inspector = this.table.inspectors[owner]!;
    if (!settled) {
      this.listener.describe(row, 0, this.context);
      this.context.final = true;
      this.context.packetNumber = packetNumber;
      this.context.state = inspectorState;
      this.finding.reset();
      const status = inspector.inspect(EMPTY, 0, 0, this.context, this.finding);
      this.context.final = false;
      if (status === FOUND) this.listener.found(row, 0, inspector, this.finding, this.context.packetNumber);
    }
    inspector.end?.(inspectorState);
  }

  private ask(
    index: number,
    row: number,
    sender: Endpoint,
    buf: Buffer,
    start: number,
    end: number,
    packetNumber: number,
  ): boolean {
    const { context, finding } = this;
    const inspector = this.table.inspectors[index]!;
    const held = this.states.get(row);
    context.state = held !== null && held.owner === index ? held.inspectorState : undefined;
    finding.reset();
    this.status = inspector.inspect(buf, start, end, context, finding);
    if (context.state !== undefined) this.keep(row, index, inspector, held, packetNumber);
    if (this.status === NOT_MINE) return false;
    if (this.status === FOUND || this.status === MALFORMED) {
      if (this.listener.found(row, sender, inspector, finding, packetNumber)) this.done = true;
    }
    return true;
  }

  private keep(
    row: number,
    index: number,
    inspector: Inspector,
    held: DatagramState | null,
    packetNumber: number,
  ): void {
    const { state: inspectorState } = this.context;
    // A nameless one may give way to another.
    if (held !== null && held.owner !== index) this.table.inspectors[held.owner]!.end?.(held.inspectorState);
    if (!this.states.hasRoom(row)) {
      inspector.end?.(inspectorState);
      return;
    }
    const state = this.states.ensure(row);
    state.owner = index;
    state.inspectorState = inspectorState;
    state.packetNumber = packetNumber;
  }
}

const EMPTY = Buffer.alloc(0);
