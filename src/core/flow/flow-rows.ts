import * as F from './flow-row.js';

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

  /** 0 when the packet comes from the initiator, 1 when it goes to it. */
  directionOf(row: number, fromB: number): 0 | 1 {
    return (this.words[(row << F.ROW_SHIFT) + F.FLAGS]! & F.FLOW_INITIATOR_B) === fromB ? 0 : 1;
  }

  /** Swaps the roles of the endpoints: a request showed that the other side began. What headers say is not touched. */
  flipInitiator(row: number): void {
    const at = (row << F.ROW_SHIFT) + F.FLAGS;
    this.words[at] = this.words[at]! ^ F.FLOW_INITIATOR_B;
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
