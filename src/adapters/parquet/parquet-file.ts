import { closeSync, openSync, writeSync } from 'node:fs';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { cannotWrite } from '../outputs/write-error.js';
import type { Compress } from '../outputs/zstd-compressor.js';
import { type ColumnType, columnData, schemaOf } from './columns.js';

/** Row groups of one file: their metadata stays in memory until the end. */
const MAX_GROUPS = 256;

/** What all files of a table share. */
export interface FileLayout {
  readonly columns: readonly (readonly [name: string, type: ColumnType])[];
  /** Key-value metadata, beside the columns. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The program that writes, for the file's `created_by`. */
  readonly createdBy: string;
  readonly compress: Compress;
}

/** One Parquet file, written row group by row group to an open descriptor. Throws a DpiError that names the path. */
export class ParquetFile {
  private fd: number;
  private readonly bytes = new FlushedBytes((chunk) => this.store(chunk));
  private readonly writer: ParquetWriter;
  private groups = 0;

  constructor(
    private readonly path: string,
    private readonly layout: FileLayout,
  ) {
    this.fd = this.attempt(() => openSync(path, 'wx'));
    const { columns, metadata, createdBy, compress } = layout;
    this.writer = new ParquetWriter({
      writer: this.bytes,
      schema: schemaOf(columns),
      codec: 'ZSTD',
      compressors: { ZSTD: compress },
      createdBy,
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
  }

  /** True when further rows belong into another file. */
  get isFull(): boolean {
    return this.groups >= MAX_GROUPS;
  }

  /** Writes the rows as a row group; `values` are lists of the same length, one a column. */
  writeGroup(values: readonly (readonly unknown[])[]): void {
    const rows = values[0]!.length;
    const { columns } = this.layout;
    this.writer.write({
      columnData: columns.map(([name, type], i) => columnData(name, type, values[i]!)),
      rowGroupSize: rows,
    });
    this.groups++;
  }

  /** Completes the file, which is not durable yet. */
  finish(): void {
    this.writer.finish();
    this.close();
  }

  /** Gives up; the file stays as it is. */
  close(): void {
    if (this.fd < 0) return;
    closeSync(this.fd);
    this.fd = -1;
  }

  private store(chunk: Uint8Array): void {
    this.attempt(() => {
      for (let done = 0; done < chunk.length; ) done += writeSync(this.fd, chunk, done, chunk.length - done);
    });
  }

  private attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw cannotWrite(this.path, error as NodeJS.ErrnoException);
    }
  }
}

/** Bytes that are handed on behind each row group, and at the end. */
class FlushedBytes extends ByteWriter {
  constructor(private readonly store: (chunk: Uint8Array) => void) {
    super(1 << 20);
  }

  flush(): void {
    this.store(new Uint8Array(this.buffer, 0, this.index));
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}
