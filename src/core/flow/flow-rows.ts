import { FLOW_INITIATOR_B } from './flow-flags.js';
import * as F from './flow-row.js';
import { IPV6_BIT, SEGMENT_SHIFT } from './packet-columns.js';

export { ENTRY_ENDPOINT_A, ENTRY_ENDPOINT_B } from './flow-row.js';

/** One side of a connection: 0 is A, 1 is B, as the key orders them. */
export type Endpoint = 0 | 1;

/**
 * Rows that there is room for at first. Memory for all of them would do, being touched only as rows come into use, but
 * V8 counts it, and would collect garbage for it before the first packet of a small capture.
 */
const FIRST_ROWS = 4096;

/** What is known of connections in progress, a row of 128 bytes each (flow-row.ts), in one buffer. */
export class FlowRows {
  /** Both views of the rows are others once a row beyond the first memory has come into use. */
  words: Int32Array;
  doubles: Float64Array;
  /** Rows below this have been in use. */
  rowsInUse = 0;

  constructor(readonly maxFlows: number) {
    this.words = new Int32Array(Math.min(maxFlows, FIRST_ROWS) * F.ROW_WORDS);
    this.doubles = new Float64Array(this.words.buffer);
  }

  flagsOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.FLAGS]!;
  }

  /** True when any of `flags` (FLOW_* bits) is set. */
  hasFlag(row: number, flags: number): boolean {
    return (this.words[(row << F.ROW_SHIFT) + F.FLAGS]! & flags) !== 0;
  }

  addFlags(row: number, flags: number): void {
    this.words[(row << F.ROW_SHIFT) + F.FLAGS]! |= flags;
  }

  clearFlags(row: number, flags: number): void {
    this.words[(row << F.ROW_SHIFT) + F.FLAGS]! &= ~flags;
  }

  /** False for a row that no connection uses. */
  isInUse(row: number): boolean {
    return this.words[(row << F.ROW_SHIFT) + F.PROTO] !== -1;
  }

  /** IP protocol number. */
  ipProtocolOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.PROTO]! & 255;
  }

  isIpv6(row: number): boolean {
    return (this.words[(row << F.ROW_SHIFT) + F.PROTO]! & IPV6_BIT) !== 0;
  }

  /** Id of the network segment (SegmentTable), 0 for none. */
  segmentOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.PROTO]! >>> SEGMENT_SHIFT;
  }

  /** The address as AddressTable keeps it: IPv4 itself, else an id. */
  addressOf(row: number, endpoint: Endpoint): number {
    return this.words[(row << F.ROW_SHIFT) + F.ADDR_A + endpoint]!;
  }

  /** The initiator's address, as `addressOf` gives it. */
  initiatorAddressOf(row: number): number {
    const w = row << F.ROW_SHIFT;
    return this.words[w + F.ADDR_A + (this.words[w + F.FLAGS]! & FLOW_INITIATOR_B)]!;
  }

  /** The responder's address, as `addressOf` gives it. */
  responderAddressOf(row: number): number {
    const w = row << F.ROW_SHIFT;
    return this.words[w + F.ADDR_B - (this.words[w + F.FLAGS]! & FLOW_INITIATOR_B)]!;
  }

  portOf(row: number, endpoint: Endpoint): number {
    const ports = this.words[(row << F.ROW_SHIFT) + F.PORTS]!;
    return endpoint === 0 ? ports >>> 16 : ports & 0xffff;
  }

  /** The endpoint that began the connection, as far as headers and payload have shown. */
  initiatorOf(row: number): Endpoint {
    return (this.words[(row << F.ROW_SHIFT) + F.FLAGS]! & FLOW_INITIATOR_B) as Endpoint;
  }

  /** Packets from the endpoint, modulo 2^32. */
  packetsFrom(row: number, endpoint: Endpoint): number {
    return this.words[(row << F.ROW_SHIFT) + F.PACKETS_A + endpoint]! >>> 0;
  }

  /** Wire bytes from the endpoint. */
  bytesFrom(row: number, endpoint: Endpoint): number {
    return this.doubles[((row << F.ROW_SHIFT) + F.BYTES_A + 2 * endpoint) >> 1]!;
  }

  /** Packets from both endpoints. */
  packetsOf(row: number): number {
    const w = row << F.ROW_SHIFT;
    return (this.words[w + F.PACKETS_A]! >>> 0) + (this.words[w + F.PACKETS_B]! >>> 0);
  }

  /** Wire bytes from both endpoints. */
  bytesOf(row: number): number {
    const d = row << (F.ROW_SHIFT - 1);
    return this.doubles[d + (F.BYTES_A >> 1)]! + this.doubles[d + (F.BYTES_B >> 1)]!;
  }

  /** Ordinal of the connection, from 1, modulo 2^32. */
  idOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.ID]! >>> 0;
  }

  /** Id of the app, 0 while unknown. */
  appOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.APP]! & 0xffff;
  }

  setApp(row: number, app: number): void {
    const at = (row << F.ROW_SHIFT) + F.APP;
    this.words[at] = (this.words[at]! & ~0xffff) | app;
  }

  /** ProtocolNames id of the protocol spoken, 0 while unknown. */
  protocolOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.APP]! >>> 16;
  }

  setProtocol(row: number, protocol: number): void {
    const at = (row << F.ROW_SHIFT) + F.APP;
    this.words[at] = (this.words[at]! & 0xffff) | (protocol << 16);
  }

  /** NameTable id of the first name seen, 0 for none. */
  nameOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.NAME]!;
  }

  setName(row: number, name: number): void {
    this.words[(row << F.ROW_SHIFT) + F.NAME] = name;
  }

  /** NameTable id of the name that a DNS answer gave the responder's address, 0 for none. */
  hintOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.HINT_NAME]!;
  }

  setHint(row: number, name: number): void {
    this.words[(row << F.ROW_SHIFT) + F.HINT_NAME] = name;
  }

  /** Entry of the app table that matched + 1; 0 for none; ENTRY_ENDPOINT_*. */
  entryOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.APP_ENTRY]!;
  }

  setEntry(row: number, entry: number): void {
    this.words[(row << F.ROW_SHIFT) + F.APP_ENTRY] = entry;
  }

  /** EVIDENCE_* in the low byte, CONFIDENCE_* in the next. */
  evidenceOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.EVIDENCE]!;
  }

  /** Number of the packet that proved the label, modulo 2^32; 0 for none. */
  evidencePacketOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.EVIDENCE_PACKET]! >>> 0;
  }

  setEvidence(row: number, source: number, confidence: number, packetNumber: number): void {
    const w = row << F.ROW_SHIFT;
    this.words[w + F.EVIDENCE] = source | (confidence << 8);
    this.words[w + F.EVIDENCE_PACKET] = packetNumber;
  }

  /** Rule that decided, -1 for none. */
  ruleOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.RULE]! - 1;
  }

  /** -1 takes the rule away. */
  setRule(row: number, rule: number): void {
    this.words[(row << F.ROW_SHIFT) + F.RULE] = rule + 1;
  }

  /** Microseconds since the epoch. */
  firstMicrosOf(row: number): number {
    return this.doubles[((row << F.ROW_SHIFT) + F.FIRST_MICROS) >> 1]!;
  }

  lastMicrosOf(row: number): number {
    return this.doubles[((row << F.ROW_SHIFT) + F.LAST_MICROS) >> 1]!;
  }

  droppedPacketsOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.DROPPED_PACKETS]! >>> 0;
  }

  droppedBytesOf(row: number): number {
    return this.doubles[((row << F.ROW_SHIFT) + F.DROPPED_BYTES) >> 1]!;
  }

  /** Counts a packet that the rules drop. */
  addDropped(row: number, wireLen: number): void {
    const w = row << F.ROW_SHIFT;
    this.words[w + F.DROPPED_PACKETS]!++;
    this.doubles[(w + F.DROPPED_BYTES) >> 1]! += wireLen;
  }

  /** Payload packets that the inspectors were shown, 0xffff for more. */
  inspectedOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.INSPECTED]! & 0xffff;
  }

  /** `count` is 0 to 0xffff. */
  setInspected(row: number, count: number): void {
    const at = (row << F.ROW_SHIFT) + F.INSPECTED;
    this.words[at] = (this.words[at]! & ~0xffff) | count;
  }

  /** Index of the inspector that the connection stays with, -1 for none. */
  inspectorOf(row: number): number {
    return (this.words[(row << F.ROW_SHIFT) + F.INSPECTED]! >>> 16) - 1;
  }

  setInspector(row: number, index: number): void {
    const at = (row << F.ROW_SHIFT) + F.INSPECTED;
    this.words[at] = (this.words[at]! & 0xffff) | ((index + 1) << 16);
  }

  /** Sequence number of the next payload byte in order; meaningful with FLOW_SEQ_A << endpoint. */
  nextSeqOf(row: number, endpoint: Endpoint): number {
    return this.words[(row << F.ROW_SHIFT) + F.SEQ_A + endpoint]!;
  }

  setNextSeq(row: number, endpoint: Endpoint, seq: number): void {
    this.words[(row << F.ROW_SHIFT) + F.SEQ_A + endpoint] = seq;
  }

  /** Initial sequence number; meaningful with FLOW_SYN_A << endpoint. */
  initialSeqOf(row: number, endpoint: Endpoint): number {
    return this.words[(row << F.ROW_SHIFT) + F.ISN_A + endpoint]!;
  }

  /** Index of what inspection keeps beside the row; meaningful with FLOW_STATE. */
  stateOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.STATE]!;
  }

  setState(row: number, index: number): void {
    this.words[(row << F.ROW_SHIFT) + F.STATE] = index;
  }

  /** 0 when the packet comes from the initiator, 1 when it goes to it. */
  directionOf(row: number, fromB: number): 0 | 1 {
    return (this.words[(row << F.ROW_SHIFT) + F.FLAGS]! & FLOW_INITIATOR_B) === fromB ? 0 : 1;
  }

  /** Swaps the roles of the endpoints: a request showed that the other side began. What headers say is not touched. */
  flipInitiator(row: number): void {
    const at = (row << F.ROW_SHIFT) + F.FLAGS;
    this.words[at] = this.words[at]! ^ FLOW_INITIATOR_B;
  }

  /** Takes the row `rowsInUse` into use; rows that were never used are zero. There must be fewer than `maxFlows`. */
  protected takeNextRow(): number {
    if (this.rowsInUse << F.ROW_SHIFT === this.words.length) this.makeRoomForAll();
    return this.rowsInUse++;
  }

  protected clear(row: number): void {
    const { words } = this;
    for (let w = row << F.ROW_SHIFT, end = w + F.ROW_WORDS; w < end; w++) words[w] = 0;
  }

  private makeRoomForAll(): void {
    const words = new Int32Array(this.maxFlows * F.ROW_WORDS);
    words.set(this.words);
    this.words = words;
    this.doubles = new Float64Array(words.buffer);
  }
}
