import type { Transform, Writable } from 'node:stream';
import * as zlib from 'node:zlib';
import type { ByteSink } from './byte-sink.js';
import { CompressedSink } from './compressed-sink.js';
import { FileSink } from './file-sink.js';
import { PendingFile, refuseSameFile } from './pending-file.js';
import { StdoutSink } from './stdout-sink.js';
import { ZstdFramesTransform } from './zstd-frames-transform.js';

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
 * Opens the output of a filter: "-" is `stdout`, anything else a file that appears when it is complete, compressed
 * where its name says so. Refuses a file that is one of `inputs`. Throws DpiError.
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
  const packing = findPacking(path);
  const file = new PendingFile(path, inputs);
  return packing === undefined ? new FileSink(file) : new CompressedSink(packing.create(), file);
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
  return createZstdCompress?.() ?? new ZstdFramesTransform();
}
