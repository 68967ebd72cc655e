import { FLOW_INITIATOR_B } from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import type { FlowRows } from '../flow/flow-rows.js';

/** Payload bytes that the rules let pass, by connection in progress and by the end that sent them; 16 bytes a row. */
export class PassedPayload {
  private readonly bytes: Float64Array;

  constructor(private readonly flows: FlowRows) {
    this.bytes = new Float64Array(flows.maxFlows * 2);
  }

  /** A packet of the connection `row` passes, from endpoint A (0) or B (1), with so many payload bytes on the wire. */
  add(row: number, sender: number, len: number): void {
    this.bytes[row * 2 + sender]! += len;
  }

  /** What passed from the initiator of `row`. */
  sent(row: number): number {
    return this.bytes[row * 2 + this.initiatorOf(row)]!;
  }

  /** What passed to the initiator of `row`: the answers. */
  answered(row: number): number {
    return this.bytes[row * 2 + 1 - this.initiatorOf(row)]!;
  }

  /** The connection has ended; its row may come to stand for another. */
  forget(row: number): void {
    this.bytes[row * 2] = 0;
    this.bytes[row * 2 + 1] = 0;
  }

  private initiatorOf(row: number): number {
    return (this.flows.words[(row << F.ROW_SHIFT) + F.FLAGS]! & FLOW_INITIATOR_B) !== 0 ? 1 : 0;
  }
}
