import type { CaptureStream, InputEnd } from '../../core/capture/capture-stream.js';

/** Where the bytes of one capture come from: a file, a pipe, or either of them through a decompressor. */
export interface ByteSource extends InputEnd {
  /** As given on the command line; "-" for standard input. */
  readonly name: string;
  /** Length of the file as it lies there (compressed), null for a pipe. */
  readonly totalLen: number | null;
  /** "gzip", "zstd" or null, by content. */
  readonly compression: 'gzip' | 'zstd' | null;
  /** Bytes taken from the input so far, before decompression: with `totalLen`, the progress. */
  readonly bytesRead: number;
  /**
   * What is wrong with the compressed data, or that the file shrank, once `fill` has returned 0; null when nothing is.
   */
  readonly damage: string | null;
  /**
   * Adds bytes to the stream and returns how many, 0 at the end. Plain files answer at once; the others may return a
   * promise. Throws, or rejects with, a DpiError when the input can't be read. Call it only when `stream.nextBatch` has
   * returned false, and not again before the promise is settled.
   */
  fill(stream: CaptureStream): number | Promise<number>;
  /** Lets go of the file; may be called at any time, and twice. */
  close(): void;
}
