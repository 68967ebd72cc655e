import type { CaptureStream } from '../../core/capture/capture-stream.js';
import type { ByteSource } from './byte-source.js';
import { InputSource } from './input-source.js';

/** Uncompressed input, read straight into the stream's own buffer. */
export class PlainSource extends InputSource implements ByteSource {
  readonly compression = null;
  damage: string | null = null;

  fill(stream: CaptureStream): number | Promise<number> {
    const { buf, at, room } = stream.space();
    const got = this.raw.read(buf, at, room);
    if (typeof got !== 'number') return got.then((len) => this.committed(stream, len));
    return this.committed(stream, got);
  }

  close(): void {
    this.raw.close();
  }

  private committed(stream: CaptureStream, len: number): number {
    stream.commit(len);
    if (len === 0) this.damage = this.shrinkage();
    return len;
  }

  /** A file cut behind a whole packet looks like one that was never longer: only its length tells. */
  private shrinkage(): string | null {
    const { seekable, totalLen, bytesRead } = this.raw;
    if (!seekable || totalLen === null || bytesRead >= totalLen) return null;
    return `the file shrank from ${totalLen} to ${bytesRead} bytes while it was read`;
  }
}
