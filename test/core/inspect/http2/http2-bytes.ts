import { be8, be24, be32 } from '../../../forge/fields.js';

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** A frame (RFC 9113 §4.1). */
export function http2Frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  return Buffer.concat([be24(payload.length), be8(type), be8(flags), be32(streamId), payload]);
}

export function settingsFrame(): Buffer {
  return http2Frame(4, 0, 0, Buffer.from([0, 3, 0, 0, 0, 100]));
}

/** A GET request for `authority` as literals without indexing; in `fragments` frames, padded or with a priority. */
export function headersFrames(
  streamId: number,
  authority: string,
  options: { fragments?: number; padding?: number; priority?: boolean } = {},
): Buffer {
  const block = Buffer.concat([
    Buffer.from([0x82, 0x86, 0x84, 0x01, authority.length]),
    Buffer.from(authority, 'latin1'),
    Buffer.from([0x0f, 0x2b, 0x03]),
    Buffer.from('dpi'),
  ]);
  const count = options.fragments ?? 1;
  const step = Math.ceil(block.length / count);
  const frames: Buffer[] = [];
  for (let n = 0; n < count; n++) {
    const part = block.subarray(n * step, (n + 1) * step);
    const endFlag = n === count - 1 ? 4 : 0;
    if (n > 0) {
      frames.push(http2Frame(9, endFlag, streamId, part));
      continue;
    }
    const padding = options.padding ?? 0;
    const payload = Buffer.concat([
      padding > 0 ? be8(padding) : Buffer.alloc(0),
      options.priority ? Buffer.from([0, 0, 0, 0, 16]) : Buffer.alloc(0),
      part,
      Buffer.alloc(padding),
    ]);
    const flags = endFlag | 1 | (padding > 0 ? 8 : 0) | (options.priority ? 0x20 : 0);
    frames.push(http2Frame(1, flags, streamId, payload));
  }
  return Buffer.concat(frames);
}
