import type { FlowRows } from '../flow/flow-rows.js';
import { type ConnectionReader, emptyRecord } from './connection-reader.js';
import type { LargestConnections } from './largest.js';
import type { ConnectionRecord } from './model.js';

/** Makes records of connections as they end, only where a listener or the list of the largest wants them. */
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
    const isLarge = this.largest.accepts(this.flows.bytesOf(row));
    if (!isLarge && this.onConnection === undefined) return;
    const record = this.reader.read(row, isLarge ? undefined : this.record);
    if (isLarge) this.largest.add(record);
    this.onConnection?.(record);
  }
}
