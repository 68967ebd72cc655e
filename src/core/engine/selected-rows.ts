import { type ConnectionReader, emptyRecord } from '../report/connection-reader.js';
import type { ConnectionRecord } from '../report/model.js';
import type { PipelineOptions } from './options.js';

/** Decides of connections whether the report is about them. */
export class SelectedRows {
  /** Time of the capture's first packet, µs since the epoch; set before any connection is asked about. */
  beginMicros = Number.NaN;
  private readonly record: ConnectionRecord = emptyRecord();

  constructor(
    private readonly reader: ConnectionReader,
    private readonly selects: NonNullable<PipelineOptions['selects']>,
  ) {}

  /** By what is known of the connection `row` now: call it as the connection ends for what is final. */
  has(row: number): boolean {
    return this.selects(this.reader.read(row, this.record), this.beginMicros);
  }
}
