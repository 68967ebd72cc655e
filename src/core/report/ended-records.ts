import * as F from '../flow/flow-row.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { type ConnectionReader, emptyRecord } from './connection-reader.js';
import type { LargestConnections } from './largest.js';
import type { ConnectionRecord } from './model.js';

/** Makes the records of connections as they end, for those alone that somebody wants. */
export class EndedRecords {
  private readonly record: ConnectionRecord | undefined;

  constructor(
    private readonly flows: FlowRows,
    private readonly reader: ConnectionReader,
    private readonly largest: LargestConnections,
    private readonly onConnection: ((connection: ConnectionRecord) => void) | undefined,
    /** Whether `onConnection` gets the same record each time. */
    reusesRecord = false,
  ) {
    if (reusesRecord) this.record = emptyRecord();
  }

  /** The connection `row` ends; its labels and its verdict are final. */
  ended(row: number): void {
    const { doubles } = this.flows;
    const w = row << F.ROW_SHIFT;
    const isLarge = this.largest.accepts(doubles[(w + F.BYTES_A) >> 1]! + doubles[(w + F.BYTES_B) >> 1]!);
    if (!isLarge && this.onConnection === undefined) return;
    const record = this.reader.read(row, isLarge ? undefined : this.record);
    if (isLarge) this.largest.add(record);
    this.onConnection?.(record);
  }
}
