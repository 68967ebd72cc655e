import type { Transform, Writable } from 'node:stream';
import * as zlib from 'node:zlib';
import { DpiError } from '../../core/error.js';
import type { ByteSink } from './byte-sink.js';
import { CompressedSink } from './compressed-sink.js';
import { FileSink } from './file-sink.js';
import { PendingFile, refuseSameFile } from './pending-file.js';
import { StdoutSink } from './stdout-sink.js';

const STDOUT_FD = 1;
const STDOUT_NAMES = ['-', '/dev/stdout', '/dev/fd/1'];

/** A way of packing an output that its name asks for. */
interface Packing {
  readonly name: 'gzip' | 'zstd';
  readonly endings: readonly string[];
  readonly create: () => Transform;
}

const PACKINGS: readonly Packing[] = [
  { name: 'gzip', endings: ['.gz'], create: () => zlib.createGzip() },
  { name: 'zstd', endings: ['.zst', '.zstd'], create: createZstd },
];

/** How an output of that name is compressed, null when it is not. */
export function packingOf(path: string): 'gzip' | 'zstd' | null {
  return findPacking(path)?.name ?? null;
}

/**
 * Opens the output of a filter: "-" is `stdout`, anything else a file that appears when it is complete, compressed where
 * its name says so. Refuses a file that is one of `inputs`. Throws DpiError.
 */
export function openCaptureOutput(
  path: string,
  inputs: readonly string[],
  stdout: Writable,
  onClosed: () => void,
): ByteSink {
  if (isStdout(path)) {
    refuseSameFile(STDOUT_FD, 'standard output', inputs);
    return new StdoutSink(stdout, onClosed);
  }
  // Before the file is opened: nothing must be left when there is no such compressor.
  const compressor = findPacking(path)?.create() ?? null;
  const file = new PendingFile(path, inputs);
  return compressor === null ? new FileSink(file) : new CompressedSink(compressor, file);
}

export function isStdout(path: string): boolean {
  return STDOUT_NAMES.includes(path);
}

function findPacking(path: string): Packing | undefined {
  const lower = path.toLowerCase();
  return PACKINGS.find(({ endings }) => endings.some((ending) => lower.endsWith(ending)));
}

function createZstd(): Transform {
  const { createZstdCompress } = zlib as { createZstdCompress?: () => Transform };
  if (createZstdCompress !== undefined) return createZstdCompress();
  throw new DpiError(
    'no-zstd',
    `writing zstd needs Node 22.15 or newer, and this is Node ${process.versions.node}; a name in .gz is compressed with gzip`,
  );
}
