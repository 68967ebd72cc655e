import type { FlowRows } from '../flow/flow-rows.js';

/** Payload bytes that the rules let pass, by connection in progress and sending endpoint. Takes 16 bytes a row. */
export class PassedPayload {
  private readonly bytes: Float64Array;

  constructor(private readonly flows: FlowRows) {
    this.bytes = new Float64Array(flows.maxFlows * 2);
  }

  /** Counts the payload of a packet that passes, from endpoint A (0) or B (1): `len` bytes on the wire. */
  add(row: number, sender: number, len: number): void {
    this.bytes[row * 2 + sender]! += len;
  }

  /** Bytes that passed from the initiator of `row`. */
  sent(row: number): number {
    return this.bytes[row * 2 + this.flows.initiatorOf(row)]!;
  }

  /** Bytes that passed to the initiator of `row`. */
  answered(row: number): number {
    return this.bytes[row * 2 + 1 - this.flows.initiatorOf(row)]!;
  }

  /** The connection has ended: another may take its row. */
  forget(row: number): void {
    this.bytes[row * 2] = 0;
    this.bytes[row * 2 + 1] = 0;
  }
}
