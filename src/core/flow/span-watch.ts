import type { PacketColumns } from './packet-columns.js';

/**
 * Watches for packets that lie in another span of time than the packet before, of all or of their connection. The span
 * follows the packets.
 */
export interface SpanWatch {
  /** Its start, and its end (exclusive), in microseconds since the epoch. */
  readonly span: Float64Array;
  /**
   * Packet `i`, which is about to be counted for the connection `row`, or the connection's last packet lies outside the
   * span.
   */
  crossed(columns: PacketColumns, tsMicros: Float64Array, i: number, row: number, wireLen: number): void;
}

/** Never hears of a packet. */
export const NO_SPAN: SpanWatch = {
  span: new Float64Array([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]),
  crossed: () => {},
};
