import { UDP } from '../common/ip-protocols.js';
import { FLOW_MALFORMED } from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { DatagramState } from './datagram-state.js';
import type { FindingListener } from './finding-listener.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type Inspector,
  type InspectStatus,
  MALFORMED,
  NOT_MINE,
} from './inspector.js';
import type { InspectorTable } from './inspector-table.js';
import { laterHelloStart } from './later-hello.js';
import type { PacketPayload } from './packet-payload.js';
import type { RowStates } from './row-states.js';

/** Datagrams of an unrecognised connection after which only those are tried that begin a hello. */
const MAX_DATAGRAMS = 10;
/** Datagrams shown to an inspector that keeps asking for more; those that begin a hello are then shown as below. */
const MAX_UNFINISHED = 256;
/** Datagrams of a settled connection, each the beginning of a hello, that are shown. */
const MAX_LATER_HELLOS = 64;
/** Hellos of one connection that may be incomplete when it ends, and more. */
const MAX_LAST_LOOKS = 8;
const MAX_COUNT = 0xffff;
const NO_INSPECTOR = -1;
const NO_BYTES = Buffer.alloc(0);

/** What inspection made of a datagram. */
export class DatagramOutcome {
  /** The connection needs no more inspection. */
  isSettled = false;
  /** Index of the inspector that found something in it, -1 for none. */
  finder = NO_INSPECTOR;
  /** NameTable id of the name found, 0 for none. */
  name = 0;
}

/**
 * Shows UDP datagrams to the inspectors. Ports give the order of asking, content decides. A connection costs an object
 * only while an inspector holds state for it.
 */
export class DatagramInspection {
  private readonly outcome = new DatagramOutcome();
  /** Datagrams that began a hello and were not shown, because their connections had begun too many. */
  unread = 0;
  /** Of the inspector asked last. */
  private status: InspectStatus = NOT_MINE;

  constructor(
    private readonly table: InspectorTable,
    private readonly flows: FlowRows,
    private readonly context: InspectContext,
    private readonly finding: Finding,
    private readonly listener: FindingListener,
    private readonly states: RowStates<DatagramState>,
  ) {}

  /** States that were not kept because there were too many. */
  get refused(): number {
    return this.states.refused;
  }

  /** Connections for which an inspector holds state. */
  get inProgress(): number {
    return this.states.inUse;
  }

  /** Shows one datagram, which is not empty. What it returns is valid until the next call. */
  datagram(payload: PacketPayload): DatagramOutcome {
    const { flows, outcome } = this;
    const { row } = payload;
    outcome.isSettled = false;
    outcome.finder = NO_INSPECTOR;
    outcome.name = 0;
    const seen = Math.min(flows.inspectedOf(row) + 1, MAX_COUNT);
    flows.setInspected(row, seen);
    this.listener.describe(row, payload.sender, this.context);
    const chosen = flows.inspectorOf(row);
    if (chosen >= 0) {
      this.ask(chosen, payload);
      if (this.status === NOT_MINE) this.askForHello(chosen, payload);
      const isOver = seen >= MAX_UNFINISHED && !this.table.inspectors[chosen]!.continues;
      const isWaiting = this.status !== FOUND || this.table.inspectors[chosen]!.readsHellos === true;
      if (isWaiting && isOver) outcome.isSettled = true;
      return outcome;
    }
    const knower = this.recognise(payload);
    // A protocol without names binds nothing: the connection stays open to the other inspectors.
    if (knower >= 0 && this.table.inspectors[knower]!.nameless !== true) flows.setInspector(row, knower);
    else if (seen >= MAX_DATAGRAMS) outcome.isSettled = true;
    return outcome;
  }

  /**
   * Shows a datagram of a settled connection, which begins a hello: a datagram of another protocol, a fake hello or
   * another connection between the same ports came before it. What it returns is valid until the next call.
   */
  laterHello(payload: PacketPayload): DatagramOutcome {
    const { flows, outcome, table } = this;
    const { row } = payload;
    outcome.isSettled = false;
    outcome.finder = NO_INSPECTOR;
    outcome.name = 0;
    const seen = flows.inspectedOf(row);
    if (seen >= MAX_LATER_HELLOS) {
      this.unread++;
      this.states.uninspected.add(row);
      return outcome;
    }
    flows.setInspected(row, seen + 1);
    this.listener.describe(row, payload.sender, this.context);
    const candidates = table.candidates(payload.buf[payload.start]!);
    for (let i = 0; i < candidates.length; i++) {
      const index = candidates[i]!;
      if (table.inspectors[index]!.readsHellos === true && this.ask(index, payload)) break;
    }
    return outcome;
  }

  /** The connection is settled: gives its state back, unless parts of another hello are in it. */
  settled(row: number): void {
    const state = this.states.get(row);
    this.flows.setInspected(row, 0);
    if (state === null) return;
    const { owner, inspectorState } = state;
    const inspector = this.table.inspectors[owner]!;
    if (inspector.isPending?.(inspectorState) === true) return;
    this.states.release(row);
    inspector.end?.(inspectorState);
  }

  /** The connection has ended: asks once more for what is incomplete, and gives its state back. */
  end(row: number): void {
    const state = this.states.get(row);
    if (state === null) return;
    const { owner, inspectorState, packetNumber } = state;
    this.states.release(row);
    const inspector = this.table.inspectors[owner]!;
    const { context, finding, listener } = this;
    for (let i = 0; i < MAX_LAST_LOOKS; i++) {
      listener.describe(row, 0, context);
      context.final = true;
      context.packetNumber = packetNumber;
      context.state = inspectorState;
      finding.reset();
      const status = inspector.inspect(NO_BYTES, 0, 0, context, finding);
      context.final = false;
      if (status === FOUND) listener.found(row, 0, inspector, finding, context.packetNumber);
      if (inspector.isPending?.(inspectorState) !== true) break;
    }
    inspector.end?.(inspectorState);
  }

  /**
   * The inspector that the connection stays with does not know the datagram. One that begins a hello may belong to
   * another protocol between the same ports: the connection is then that one's.
   */
  private askForHello(chosen: number, payload: PacketPayload): void {
    const { flows, table } = this;
    const { row, buf, start, end } = payload;
    if (laterHelloStart(buf, start, end, UDP) < 0) return;
    const candidates = table.candidates(buf[start]!);
    const spoken = flows.protocolOf(row);
    for (let i = 0; i < candidates.length; i++) {
      const index = candidates[i]!;
      if (index === chosen || table.inspectors[index]!.readsHellos !== true) continue;
      flows.setProtocol(row, 0);
      if (this.ask(index, payload)) {
        flows.setInspector(row, index);
        return;
      }
      flows.setProtocol(row, spoken);
    }
  }

  /** Asks the inspectors in turn. Returns the index of the first that knows the datagram, -1 for none. */
  private recognise(payload: PacketPayload): number {
    const { table } = this;
    const { srcPort, dstPort } = this.context;
    const candidates = table.candidates(payload.buf[payload.start]!);
    const first = table.ownerOf(dstPort, srcPort);
    if (first < 0) return this.askMarked(candidates, payload);
    if (this.ask(first, payload)) return first;
    for (let i = 0; i < candidates.length; i++) {
      const index = candidates[i]!;
      if (index !== first && this.ask(index, payload)) return index;
    }
    const onPort = table.onPort(dstPort, srcPort);
    return onPort >= 0 && onPort !== first && this.ask(onPort, payload) ? onPort : NO_INSPECTOR;
  }

  /** Where neither port is a known one: those whose mark the datagram bears. */
  private askMarked(candidates: Int16Array, payload: PacketPayload): number {
    const { buf, start, end } = payload;
    for (let i = 0; i < candidates.length; i++) {
      const index = candidates[i]!;
      if (this.table.bearsMark(index, buf, start, end) && this.ask(index, payload)) return index;
    }
    return NO_INSPECTOR;
  }

  /** True when the inspector knows the datagram. */
  private ask(index: number, payload: PacketPayload): boolean {
    const { context, finding, outcome } = this;
    const { row, packetNumber } = payload;
    const inspector = this.table.inspectors[index]!;
    const held = this.states.get(row);
    context.state = held !== null && held.owner === index ? held.inspectorState : undefined;
    finding.reset();
    const { refusedPieces } = context;
    this.status = inspector.inspect(payload.buf, payload.start, payload.end, context, finding);
    if (context.refusedPieces !== refusedPieces && this.status !== FOUND) this.states.uninspected.add(row);
    if (context.state !== undefined) this.keep(row, index, inspector, held, packetNumber);
    if (this.status === NOT_MINE) return false;
    if (this.status === MALFORMED) this.flows.addFlags(row, FLOW_MALFORMED);
    if (this.status === FOUND || this.status === MALFORMED) {
      const found = this.listener.found(row, payload.sender, inspector, finding, packetNumber);
      outcome.finder = index;
      outcome.name = found.name;
      if (found.isSettled) outcome.isSettled = true;
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
    if (!this.states.hasRoom(row, this.status !== FOUND)) {
      inspector.end?.(inspectorState);
      return;
    }
    const state = this.states.ensure(row);
    state.owner = index;
    state.inspectorState = inspectorState;
    state.packetNumber = packetNumber;
  }
}
