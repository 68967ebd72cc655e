import type { CaptureStream } from '../../core/capture/capture-stream.js';
import type { ByteSource } from './byte-source.js';
import type { RawInput } from './raw-input.js';

/** Uncompressed input, read straight into the stream's own buffer. */
export class PlainSource implements ByteSource {
  readonly compression = null;
  readonly damage = null;

  constructor(private readonly raw: RawInput) {}

  get name(): string {
    return this.raw.name;
  }

  get totalLen(): number | null {
    return this.raw.totalLen;
  }

  get bytesRead(): number {
    return this.raw.bytesRead;
  }

  fill(stream: CaptureStream): number | Promise<number> {
    const { buf, at, room } = stream.space();
    const got = this.raw.read(buf, at, room);
    if (typeof got !== 'number') return got.then((len) => committed(stream, len));
    return committed(stream, got);
  }

  close(): void {
    this.raw.close();
  }
}

function committed(stream: CaptureStream, len: number): number {
  stream.commit(len);
  return len;
}
