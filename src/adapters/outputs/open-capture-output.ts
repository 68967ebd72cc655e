import type { Transform, Writable } from 'node:stream';
import { DpiError } from '../../core/common/error.js';
import { type ByteSink, NOWHERE } from './byte-sink.js';
import { isFifo, openFifo } from './fifo-output.js';
import { FileSink } from './file-sink.js';
import { PendingFile, refuseSameFile } from './pending-file.js';
import { StreamSink } from './stream-sink.js';

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

/** Compressions that a name may promise, and that are not written. */
const OTHER_ENDINGS: readonly string[] = ['.bz2', '.xz', '.lz4', '.lzma', '.br', '.zip', '.7z', '.z'];

/** The compression that an output's name asks for, null for none. */
export function packingOf(path: string): 'gzip' | 'zstd' | null {
  return findPacking(path)?.name ?? null;
}

/**
 * Opens the output of a filter: "-" is `stdout`, anything else a file, which appears once complete and is compressed
 * as its name asks. Waits for the reader of a FIFO, or until the signal. Rejects with a DpiError, also for a file that
 * is one of `inputs`.
 */
export async function openCaptureOutput(
  path: string,
  inputs: readonly string[],
  stdout: Writable,
  onClosed: () => void,
  signal?: AbortSignal,
): Promise<ByteSink> {
  if (isStdout(path)) {
    refuseSameFile(STDOUT_FD, 'standard output', inputs);
    return new StreamSink(stdout, onClosed);
  }
  const packing = findPacking(path);
  refuseOtherPacking(path);
  if (isFifo(path)) return openFifoSink(path, packing, signal);
  if (packing === undefined) return new FileSink(new PendingFile(path, inputs));
  const { CompressedSink } = await import('./compressed-sink.js');
  return new CompressedSink(await packing.create(), new PendingFile(path, inputs));
}

/** Throws DpiError for a name that promises a compression which is not there. */
function refuseOtherPacking(path: string): void {
  const ending = OTHER_ENDINGS.find((one) => path.toLowerCase().endsWith(one));
  if (ending === undefined) return;
  const message = `${path} can't be compressed as its name asks: .gz and .zst are, ${ending} is not`;
  throw new DpiError('unknown-compression', message);
}

async function openFifoSink(path: string, packing: Packing | undefined, signal?: AbortSignal): Promise<ByteSink> {
  const stream = await openFifo(path, signal);
  // The run ends before it writes.
  if (stream === null) return NOWHERE;
  if (packing === undefined) return new FifoSink(stream, path);
  const { CompressedSink } = await import('./compressed-sink.js');
  try {
    // While the stream is open the FIFO has a reader, so that opening it again does not block.
    return new CompressedSink(await packing.create(), new PendingFile(path));
  } finally {
    stream.destroy();
  }
}

/** A FIFO; without a reader, writing to it fails. */
class FifoSink extends StreamSink {
  constructor(
    private readonly fifo: Writable,
    path: string,
  ) {
    super(fifo, null, path);
  }

  override discard(): void {
    this.fifo.destroy();
  }
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
