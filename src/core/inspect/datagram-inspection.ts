import type { Endpoint, FindingListener } from './finding-listener.js';
import { type Finding, FOUND, type InspectContext, type Inspector, MALFORMED, NOT_MINE } from './inspector.js';
import type { InspectorTable } from './inspector-table.js';

/** Datagrams of an unrecognised connection after which nothing more is tried. */
const MAX_DATAGRAMS = 10;
/** Datagrams shown to an inspector that keeps asking for more. */
const MAX_UNFINISHED = 40;

/** Inspection of one UDP conversation: `chosen` is the inspector that knows it, -1 for none. */
class DatagramState {
  inspectorState: unknown = undefined;
  constructor(readonly chosen: number) {}
}

/**
 * Puts UDP datagrams before the inspectors. Ports give the order of asking, content decides. A connection costs an
 * object only while an inspector holds state for it.
 */
export class DatagramInspection {
  private readonly byPort = new Map<number, number>();
  private readonly isKnownPort = new Uint8Array(65536);
  private readonly states = new Map<number, DatagramState>();

  constructor(
    private readonly table: InspectorTable,
    private readonly context: InspectContext,
    private readonly finding: Finding,
    private readonly listener: FindingListener,
    private readonly maxStates: number,
  ) {
    table.inspectors.forEach((inspector, index) => {
      for (const port of inspector.ports) {
        this.byPort.set(port, index);
        this.isKnownPort[port] = 1;
      }
    });
  }

  /** States that were not kept because there were too many. */
  refused = 0;

  /** Connections for which an inspector holds state. */
  get inProgress(): number {
    return this.states.size;
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
    const { srcPort, dstPort } = this.context;
    let first = -1;
    if (this.isKnownPort[dstPort] !== 0) first = this.byPort.get(dstPort)!;
    else if (this.isKnownPort[srcPort] !== 0) first = this.byPort.get(srcPort)!;
    if (first >= 0 && this.ask(first, row, sender, buf, start, end, packetNumber)) return this.stay(first, seen);
    const candidates = this.table.candidates(buf[start]!);
    for (let i = 0; i < candidates.length; i++) {
      const index = candidates[i]!;
      if (index !== first && this.ask(index, row, sender, buf, start, end, packetNumber)) return this.stay(index, seen);
    }
    const onPort = this.table.onPort(dstPort, srcPort);
    if (onPort >= 0 && onPort !== first && this.ask(onPort, row, sender, buf, start, end, packetNumber)) {
      return this.stay(onPort, seen);
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
  end(row: number, settled: boolean, packetNumber: number): void {
    const state = this.states.get(row);
    if (state === undefined) return;
    this.states.delete(row);
    const inspector = this.table.inspectors[state.chosen]!;
    if (!settled) {
      this.listener.describe(row, 0, this.context);
      this.context.final = true;
      this.context.state = state.inspectorState;
      this.finding.reset();
      const status = inspector.inspect(EMPTY, 0, 0, this.context, this.finding);
      this.context.final = false;
      if (status === FOUND) this.listener.found(row, 0, inspector, this.finding, packetNumber);
    }
    inspector.end?.(state.inspectorState);
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
    const held = this.states.size > 0 ? this.states.get(row) : undefined;
    context.state = held !== undefined && held.chosen === index ? held.inspectorState : undefined;
    finding.reset();
    this.status = inspector.inspect(buf, start, end, context, finding);
    if (context.state !== undefined) this.keep(row, index, inspector, held, context.state);
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
    held: DatagramState | undefined,
    state: unknown,
  ): void {
    if (held !== undefined && held.chosen === index) {
      held.inspectorState = state;
      return;
    }
    if (held !== undefined) {
      // A nameless one gave way to another.
      this.table.inspectors[held.chosen]!.end?.(held.inspectorState);
      this.states.delete(row);
    }
    if (this.states.size >= this.maxStates) {
      this.refused++;
      inspector.end?.(state);
      return;
    }
    const fresh = new DatagramState(index);
    fresh.inspectorState = state;
    this.states.set(row, fresh);
  }
}

const EMPTY = Buffer.alloc(0);
