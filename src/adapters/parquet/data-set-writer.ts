import { join } from 'node:path';
import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import { loadZstdCompressor } from '../outputs/zstd-compressor.js';
import type { FileLayout } from './parquet-file.js';
import { PartitionedTable } from './partitioned-table.js';
import { CONNECTIONS, DATA_SET_VERSION, SUMMARY_TABLES, type Table } from './tables.js';

/** For an environment in which its pages can't be packed. */
const REMEDY = 'Parquet needs it: allow WebAssembly, and 128 MiB of address space (ulimit -v)';

/** What a data set writer writes, and where. */
export interface DataSetPart {
  /** Folder of the tables' folders. */
  readonly folder: string;
  /** Name of the stream: see `streamText`. */
  readonly stream: string;
  /** Place of this part among those of the stream, from 0: several parts may be written apart and put together. */
  readonly part: number;
  /** The program and its version. */
  readonly generator: string;
}

/**
 * Writes one analysis as Parquet files: `TABLE/stream=NAME/day=YYYY-MM-DD/PART-N.parquet`. Holds 8,192 connections at
 * most. The same analysis makes the same bytes.
 */
export class DataSetWriter {
  private readonly connections: PartitionedTable;

  private constructor(
    private readonly target: DataSetPart,
    private readonly layoutOf: (table: Table) => FileLayout,
  ) {
    this.connections = this.tableOf(CONNECTIONS);
  }

  /** Loads the compressor. Rejects with a DpiError. */
  static async open(target: DataSetPart): Promise<DataSetWriter> {
    const compress = await loadZstdCompressor(REMEDY);
    return new DataSetWriter(target, ({ name, columns }) => ({
      columns,
      createdBy: target.generator,
      compress,
      metadata: { 'dpi.schema_version': String(DATA_SET_VERSION), 'dpi.table': name },
    }));
  }

  /** Adds a connection; the record may be reused afterwards. */
  connection(c: ConnectionRecord): void {
    this.connections.add(c, c.first_seen);
  }

  /** Writes the rest, which is not durable yet. Call once, behind the last connection. */
  finish(summary: ReportSummary): void {
    this.connections.finish();
    for (const table of SUMMARY_TABLES) {
      const partitions = this.tableOf(table);
      try {
        for (const row of table.rowsOf(summary)) partitions.add(row, table.timeOf(row) ?? summary.first_seen);
        partitions.finish();
      } finally {
        partitions.close();
      }
    }
  }

  /** Gives up; the files stay as they are. */
  close(): void {
    this.connections.close();
  }

  private tableOf(table: Table): PartitionedTable {
    const { folder, stream, part } = this.target;
    const prefix = `part-${String(part).padStart(5, '0')}`;
    return new PartitionedTable({ folder: join(folder, table.name, `stream=${stream}`), prefix }, this.layoutOf(table));
  }
}
