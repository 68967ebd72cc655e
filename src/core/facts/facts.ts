import type { PacketBatch } from '../capture/packet-batch.js';

/**
 * What the packets tell besides names: who talked, when, and how well. Each part sees all packets, in their order, and
 * each connection when it begins and ends. Exists only where a report asks for it.
 */
export class Facts {
  /** The connection `row` begins; see Recognition.begun. */
  begun(_row: number): void {}

  /** Packet `i` of the batch belongs to the connection `row`; it has been inspected. */
  packet(_batch: PacketBatch, _i: number, _row: number): void {}

  /** Packet `i` of the batch belongs to no connection. */
  loose(_batch: PacketBatch, _i: number): void {}

  /** The connection `row` ends; its label is final. */
  ended(_row: number): void {}
}
