import {
  FLOW_CLOSED,
  FLOW_ESTABLISHED_A,
  FLOW_ESTABLISHED_B,
  FLOW_PAYLOADS,
  FLOW_RST,
  FLOW_SYNS,
} from './flow-flags.js';
import * as F from './flow-row.js';
import { FlowRows } from './flow-rows.js';
import { noteTcpFlags, TCP_SYN } from './tcp-state.js';

/** Flags that headers set in the course of a connection. */
export const SHOWN_BY_HEADERS =
  FLOW_SYNS | FLOW_CLOSED | FLOW_RST | FLOW_PAYLOADS | FLOW_ESTABLISHED_A | FLOW_ESTABLISHED_B;

/** Rows that repeat those of a FlowTable elsewhere, in the same places. */
export class RelayedRows extends FlowRows {
  /**
   * A connection begins in `row`. The six words from `from[at]` on are the address words of A and B, ports, protocol
   * word, flags and id of its row in the other table.
   */
  begin(row: number, from: Int32Array, at: number, firstMicros: number): void {
    if (row < this.rowsInUse) this.clear(row);
    else while (this.rowsInUse <= row) this.takeNextRow();
    const { words } = this;
    const w = row << F.ROW_SHIFT;
    words[w + F.ADDR_A] = from[at]!;
    words[w + F.ADDR_B] = from[at + 1]!;
    words[w + F.PORTS] = from[at + 2]!;
    words[w + F.PROTO] = from[at + 3]!;
    words[w + F.FLAGS] = from[at + 4]!;
    words[w + F.ID] = from[at + 5]!;
    this.doubles[(w + F.FIRST_MICROS) >> 1] = firstMicros;
  }

  /** A segment with SYN from endpoint A (0) or B (1) was seen. */
  noteSyn(row: number, sender: number, seq: number): void {
    this.addFlags(row, noteTcpFlags(this.words, row << F.ROW_SHIFT, TCP_SYN, sender, seq));
  }

  /** Protocol word of the row's key, as in PacketColumns. */
  protoOf(row: number): number {
    return this.words[(row << F.ROW_SHIFT) + F.PROTO]!;
  }

  /**
   * Counts of a connection that ends: flags and packets from A and B in the three words from `words[at]` on; bytes from
   * A and B and the times of the last and first packet in the four doubles from `doubles[atDouble]` on.
   */
  setTotals(row: number, words: Int32Array, at: number, doubles: Float64Array, atDouble: number): void {
    const w = row << F.ROW_SHIFT;
    this.addFlags(row, words[at]! & SHOWN_BY_HEADERS);
    this.words[w + F.PACKETS_A] = words[at + 1]!;
    this.words[w + F.PACKETS_B] = words[at + 2]!;
    this.doubles[(w + F.BYTES_A) >> 1] = doubles[atDouble]!;
    this.doubles[(w + F.BYTES_B) >> 1] = doubles[atDouble + 1]!;
    this.doubles[(w + F.LAST_MICROS) >> 1] = doubles[atDouble + 2]!;
    this.doubles[(w + F.FIRST_MICROS) >> 1] = doubles[atDouble + 3]!;
  }

  /** The connection has ended: no connection uses the row. */
  free(row: number): void {
    this.words[(row << F.ROW_SHIFT) + F.PROTO] = -1;
  }
}
