import type { FlowRows } from '../flow/flow-rows.js';

/** What facts keep of each connection in progress, beside its row of the flow table: 4 words of 32 bits. */
const ROW_SHIFT = 2;
/** Numbers of the first and last packet, modulo 2^32. */
const FIRST_PACKET = 0;
const LAST_PACKET = 1;
/** Link addresses of the first packet, as LinkAddresses packs them. */
const LINKS = 2;
/** ICMP: type and code of the first packet, with ICMP_KNOWN. */
const ICMP = 3;
export const ICMP_KNOWN = 1 << 16;

/** Rows that there is room for at first; see FlowRows. */
const FIRST_ROWS = 4096;

/** The table. Its rows have the numbers of those of the flow table. */
export class FactRows {
  private words: Int32Array;

  constructor(private readonly flows: FlowRows) {
    this.words = new Int32Array(Math.min(flows.maxFlows, FIRST_ROWS) << ROW_SHIFT);
  }

  /** The connection `row` begins with packet `number`. */
  begin(row: number, number: number, links: number): void {
    if (row << ROW_SHIFT >= this.words.length) this.makeRoomForAll();
    const w = row << ROW_SHIFT;
    this.words[w + FIRST_PACKET] = number;
    this.words[w + LINKS] = links;
  }

  /** Packet `number` belongs to the connection `row`. */
  note(row: number, number: number): void {
    this.words[(row << ROW_SHIFT) + LAST_PACKET] = number;
  }

  firstPacketOf(row: number): number {
    return this.words[(row << ROW_SHIFT) + FIRST_PACKET]! >>> 0;
  }

  lastPacketOf(row: number): number {
    return this.words[(row << ROW_SHIFT) + LAST_PACKET]! >>> 0;
  }

  setIcmp(row: number, icmp: number): void {
    this.words[(row << ROW_SHIFT) + ICMP] = icmp;
  }

  /** Type and code of the connection's first ICMP message with ICMP_KNOWN, else 0. */
  icmpOf(row: number): number {
    return this.words[(row << ROW_SHIFT) + ICMP]!;
  }

  linksOf(row: number): number {
    return this.words[(row << ROW_SHIFT) + LINKS]!;
  }

  private makeRoomForAll(): void {
    const words = new Int32Array(this.flows.maxFlows << ROW_SHIFT);
    words.set(this.words);
    this.words = words;
  }
}
