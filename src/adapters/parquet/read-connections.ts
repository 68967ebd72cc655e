import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decompress } from 'fzstd';
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { fileError } from '../../core/common/file-error.js';
import type { ConnectionRecord } from '../../core/report/model.js';
import { CONNECTIONS } from './tables.js';

const TYPES = new Map(CONNECTIONS.columns);
const NAMES = CONNECTIONS.columns.map(([name]) => name);
const ZSTD = (bytes: Uint8Array, unpackedLen: number) => decompress(bytes, new Uint8Array(unpackedLen));
/** `DataSetWriter` stamps rows in microseconds; a Date would keep milliseconds. */
const PARSERS = { timestampFromMicroseconds: (micros: bigint) => Number(micros) / 1e6 };

/**
 * The connections of a data set that this program wrote, in the order of its files, a row group at a time. `folder`
 * holds the tables' folders. Rejects with a DpiError that names the file for one that cannot be read.
 */
export async function* readConnections(folder: string): AsyncGenerator<ConnectionRecord[]> {
  for (const path of filesBelow(join(folder, CONNECTIONS.name))) {
    let fd = -1;
    try {
      fd = openSync(path, 'r');
      yield* readFile(fd);
    } catch (error) {
      throw fileError('run-not-readable', `read ${path}`, error);
    } finally {
      if (fd >= 0) closeSync(fd);
    }
  }
}

async function* readFile(fd: number): AsyncGenerator<ConnectionRecord[]> {
  const file = bufferOf(fd);
  const metadata = await parquetMetadataAsync(file);
  const known = new Set(metadata.schema.map(({ name }) => name));
  const columns = NAMES.filter((name) => known.has(name));
  let rowStart = 0;
  for (const { num_rows: rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(rows);
    const options = { file, metadata, columns, rowStart, rowEnd, compressors: { ZSTD }, parsers: PARSERS };
    const found = await parquetReadObjects(options as unknown as Parameters<typeof parquetReadObjects>[0]);
    yield found.map(recordOf);
    rowStart = rowEnd;
  }
}

/** Keys that a file of another version lacks are null, or an empty list. */
function recordOf(row: Readonly<Record<string, unknown>>): ConnectionRecord {
  const record: Record<string, unknown> = {};
  for (const [name, type] of TYPES) {
    const value = row[name];
    if (typeof value === 'bigint') record[name] = Number(value);
    else record[name] = value ?? (type === 'texts' ? [] : null);
  }
  return record as unknown as ConnectionRecord;
}

function bufferOf(fd: number): AsyncBuffer {
  const { size } = fstatSync(fd);
  return {
    byteLength: size,
    slice(start, end = size) {
      const bytes = new Uint8Array(Math.max(0, end - start));
      let done = 0;
      for (let len = -1; done < bytes.length && len !== 0; done += len) {
        len = readSync(fd, bytes, done, bytes.length - done, start + done);
      }
      if (done < bytes.length) throw new Error('the file is too short');
      return bytes.buffer;
    },
  };
}

/** In the order of streams, days and parts; empty where there is no such folder. */
function filesBelow(folder: string): string[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
