import { Transform, type TransformCallback } from 'node:stream';
import { type Compress, loadZstdCompressor } from './zstd-compressor.js';

/** Bytes of a frame before packing. Repeats are found only within a frame, so shorter frames pack worse. */
export const FRAME_LEN = 4 << 20;

/**
 * Packs bytes as zstd where Node's zlib can't (before 22.15): as many frames as it takes, one behind the other (RFC
 * 8878 §3). Holds one of them. Written pieces may change once their callback has been called. On the thread that
 * writes, some 100 MB/s.
 */
export class ZstdFramesTransform extends Transform {
  private readonly frame = Buffer.allocUnsafeSlow(FRAME_LEN);
  private len = 0;
  private isEmpty = true;
  private compress!: Compress;

  override _construct(callback: (error?: Error | null) => void): void {
    loadZstdCompressor('a name in .gz is compressed with gzip').then((compress) => {
      this.compress = compress;
      callback();
    }, callback);
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    try {
      for (let at = 0; at < piece.length; ) {
        const copied = piece.copy(this.frame, this.len, at);
        at += copied;
        this.len += copied;
        if (this.len === FRAME_LEN) this.pack();
      }
      callback();
    } catch (error) {
      callback(error as Error);
    }
  }

  override _flush(callback: TransformCallback): void {
    try {
      // Also for an empty input: an empty file is not valid zstd.
      if (this.len > 0 || this.isEmpty) this.pack();
      callback();
    } catch (error) {
      callback(error as Error);
    }
  }

  private pack(): void {
    this.push(this.compress(this.frame.subarray(0, this.len)));
    this.len = 0;
    this.isEmpty = false;
  }
}
