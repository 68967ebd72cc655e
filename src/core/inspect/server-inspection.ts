import { AssemblerPool } from '../flow/assembler-pool.js';
import { FLOW_SEQ_A } from '../flow/flow-flags.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { BufferPool, StreamAssembler } from '../flow/stream-assembler.js';
import type { Segment } from './packet-payload.js';
import { FLIGHT_CUT, MAX_FLIGHT_LEN, readServerFlight, ServerFlight } from './tls/server-flight.js';
import type { UninspectedRows } from './uninspected-rows.js';

/** Connections of which something is kept at a time. */
const MAX_WAITING = 4096;
/** Segments of a server that are looked at. */
const MAX_SEGMENTS = 32;
/** How far behind the expected byte a segment may lie. */
const REORDER_WINDOW = 1 << 16;
const FIRST_ROOM_LEN = 4096;

/** Takes the first flights of servers; `flight` is valid during the call only. */
export interface FlightListener {
  served(row: number, flight: ServerFlight, packetNumber: number): void;
  /** Whether the certificate is worth waiting for once the ServerHello has been read. */
  wantsCertificate(row: number): boolean;
}

interface Waiting {
  readonly assembler: StreamAssembler;
  segments: number;
  packetNumber: number;
}

/**
 * Reads the first flight of TLS servers whose client has been heard: the version they chose, their certificate. Apart
 * from the inspectors, for which a connection is settled by its ClientHello. Most flights are read where they lie.
 */
export class ServerInspection {
  private readonly assemblers: AssemblerPool;
  private readonly waiting = new Map<number, Waiting>();
  private readonly flight = new ServerFlight();
  /** Flights that were not read whole for want of room. */
  refused = 0;

  constructor(
    private readonly flows: FlowRows,
    buffers: BufferPool,
    private readonly listener: FlightListener,
    private readonly uninspected: UninspectedRows,
  ) {
    this.assemblers = new AssemblerPool(buffers);
  }

  /** Shows a segment of the server. True when no further one is of interest. */
  segment(segment: Segment): boolean {
    const { row } = segment;
    const waiting = this.waiting.size > 0 ? this.waiting.get(row) : undefined;
    return waiting === undefined ? this.first(segment) : this.later(segment, waiting);
  }

  /** The connection is over. */
  end(row: number): void {
    const waiting = this.waiting.size > 0 ? this.waiting.get(row) : undefined;
    if (waiting === undefined) return;
    readServerFlight(waiting.assembler.buf, 0, waiting.assembler.contiguousLen, this.flight);
    this.report(row, waiting.packetNumber);
    this.drop(row, waiting.assembler);
  }

  private first(segment: Segment): boolean {
    const { row, seq, buf, start, end, packetNumber } = segment;
    const expected = this.expectedSeq(row, segment.sender, seq);
    const ahead = (seq - expected) | 0;
    if (ahead + (end - start) <= 0 || ahead >= REORDER_WINDOW) return false;
    if (ahead <= 0) {
      const status = readServerFlight(buf, start - ahead, end, this.flight);
      const isEnough = this.flight.version !== 0 && !this.listener.wantsCertificate(row);
      if (status !== FLIGHT_CUT || isEnough) {
        this.report(row, packetNumber);
        return true;
      }
    }
    const assembler =
      this.waiting.size < MAX_WAITING
        ? this.assemblers.begin(expected, seq, buf, start, end, MAX_FLIGHT_LEN, FIRST_ROOM_LEN)
        : null;
    if (assembler === null) {
      this.refused++;
      if (this.flows.nameOf(row) === 0) this.uninspected.add(row);
      if (ahead <= 0) this.report(row, packetNumber);
      return true;
    }
    this.waiting.set(row, { assembler, segments: 1, packetNumber });
    return false;
  }

  private later(segment: Segment, waiting: Waiting): boolean {
    const { row, seq, buf, start, end, packetNumber } = segment;
    const { assembler } = waiting;
    waiting.packetNumber = packetNumber;
    const before = assembler.contiguousLen;
    const isKept = assembler.insert(seq, buf, start, end, MAX_FLIGHT_LEN);
    const isLast = ++waiting.segments >= MAX_SEGMENTS || !isKept;
    if (!isLast && assembler.contiguousLen === before) return false;
    const status = readServerFlight(assembler.buf, 0, assembler.contiguousLen, this.flight);
    if (status === FLIGHT_CUT && !isLast) return false;
    this.report(row, packetNumber);
    this.drop(row, assembler);
    return true;
  }

  /** Where the server's next byte was expected when its client's hello was read. */
  private expectedSeq(row: number, sender: Endpoint, seq: number): number {
    const { flows } = this;
    if (!flows.hasFlag(row, FLOW_SEQ_A << sender)) return seq;
    const next = flows.nextSeqOf(row, sender);
    // The segment that settled the connection has been counted already.
    return ((seq - next) | 0) < 0 ? seq : next;
  }

  private report(row: number, packetNumber: number): void {
    const { flight } = this;
    if (flight.version !== 0) this.listener.served(row, flight, packetNumber);
  }

  private drop(row: number, assembler: StreamAssembler): void {
    this.waiting.delete(row);
    this.assemblers.recycle(assembler);
  }
}
