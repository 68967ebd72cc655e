import type { CaptureStream, InputEnd } from '../../core/capture/capture-stream.js';

/** The source of one capture's bytes: a file, a pipe, or either through a decompressor. */
export interface ByteSource extends InputEnd {
  /** As given on the command line; "-" for standard input. */
  readonly name: string;
  /** Length of the file as stored (compressed), null for a pipe. */
  readonly totalLen: number | null;
  /** "gzip", "zstd", "lz4" or null, by content. */
  readonly compression: 'gzip' | 'zstd' | 'lz4' | null;
  /** Bytes taken from the input so far, before decompression: with `totalLen`, the progress. */
  readonly bytesRead: number;
  /**
   * After `fill` has returned 0: damage of the compressed data, or that the file shrank; null when intact.
   */
  readonly damage: string | null;
  /**
   * Adds bytes to the stream and returns how many, 0 at the end. Plain files return a number; the others may return a
   * promise. Throws, or rejects with, a DpiError when the input can't be read. Call it only when `stream.nextBatch` has
   * returned false, and not again before the promise is settled.
   */
  fill(stream: CaptureStream): number | Promise<number>;
  /** Closes the file. May be called at any time, and twice. */
  close(): void;
}
