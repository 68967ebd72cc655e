import type { Transform, Writable } from 'node:stream';
import type { ByteSink } from './byte-sink.js';
import { FileSink } from './file-sink.js';
import { PendingFile, refuseSameFile } from './pending-file.js';
import { StdoutSink } from './stdout-sink.js';

const STDOUT_FD = 1;
const STDOUT_NAMES = ['-', '/dev/stdout', '/dev/fd/1'];

/** A compression format, chosen by the output's file name. Its encoder is loaded on use. */
interface Packing {
  readonly name: 'gzip' | 'zstd';
  readonly endings: readonly string[];
  readonly create: () => Promise<Transform>;
}

const PACKINGS: readonly Packing[] = [
  { name: 'gzip', endings: ['.gz'], create: async () => (await import('node:zlib')).createGzip() },
  { name: 'zstd', endings: ['.zst', '.zstd'], create: createZstd },
];

/** The compression that an output's name asks for, null for none. */
export function packingOf(path: string): 'gzip' | 'zstd' | null {
  return findPacking(path)?.name ?? null;
}

/**
 * Opens the output of a filter: "-" is `stdout`, anything else a file, which appears once complete and is compressed
 * as its name asks. Rejects with a DpiError, also for a file that is one of `inputs`.
 */
export async function openCaptureOutput(
  path: string,
  inputs: readonly string[],
  stdout: Writable,
  onClosed: () => void,
): Promise<ByteSink> {
  if (isStdout(path)) {
    refuseSameFile(STDOUT_FD, 'standard output', inputs);
    return new StdoutSink(stdout, onClosed);
  }
  const packing = findPacking(path);
  if (packing === undefined) return new FileSink(new PendingFile(path, inputs));
  const { CompressedSink } = await import('./compressed-sink.js');
  return new CompressedSink(await packing.create(), new PendingFile(path, inputs));
}

export function isStdout(path: string): boolean {
  return STDOUT_NAMES.includes(path);
}

function findPacking(path: string): Packing | undefined {
  const lower = path.toLowerCase();
  return PACKINGS.find(({ endings }) => endings.some((ending) => lower.endsWith(ending)));
}

/** zlib has zstd from Node 22.15 on. */
async function createZstd(): Promise<Transform> {
  const { createZstdCompress } = (await import('node:zlib')) as { createZstdCompress?: () => Transform };
  if (createZstdCompress !== undefined) return createZstdCompress();
  const { ZstdFramesTransform } = await import('./zstd-frames-transform.js');
  return new ZstdFramesTransform();
}
