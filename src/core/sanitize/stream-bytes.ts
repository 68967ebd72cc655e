import type { CollectedPacket } from './connection-packets.js';

const MAX_STREAM_LEN = 256 * 1024;
const SYN = 2;

/** One direction of a TCP connection, put together from its segments; earlier bytes win. */
export class StreamBytes {
  /** The bytes from the first on, without a gap. */
  readonly bytes: Buffer;
  private readonly base: number;

  constructor(packets: readonly CollectedPacket[]) {
    const withPayload = packets.filter(({ payload }) => payload.length > 0);
    const syn = packets.find(({ flags }) => (flags & SYN) !== 0);
    const starts = withPayload.map((packet) => startOf(packet));
    let base = syn === undefined ? (starts[0] ?? 0) : (syn.seq + 1) | 0;
    if (syn === undefined) for (const start of starts) if (((start - base) | 0) < 0) base = start;
    this.base = base;
    const ends = withPayload.map((packet) => this.offsetOf(packet) + packet.payload.length);
    const len = Math.min(MAX_STREAM_LEN, Math.max(0, ...ends));
    const bytes = Buffer.alloc(len);
    const known = new Uint8Array(len);
    for (const packet of withPayload) {
      const offset = this.offsetOf(packet);
      for (let i = 0; i < packet.payload.length; i++) {
        const at = offset + i;
        if (at < 0 || at >= len || known[at] === 1) continue;
        bytes[at] = packet.payload[i]!;
        known[at] = 1;
      }
    }
    const gap = known.indexOf(0);
    this.bytes = bytes.subarray(0, gap < 0 ? len : gap);
  }

  /**
   * What `out`, the rewritten stream, makes of the payload of `packet`. Bytes that are not those of the stream (another
   * content of the same place) stay others. Trailing zeros are left out.
   */
  payloadOf(packet: CollectedPacket, out: Buffer): Buffer | null {
    const offset = this.offsetOf(packet);
    const result = Buffer.alloc(packet.payload.length);
    let end = 0;
    for (let i = 0; i < result.length; i++) {
      const at = offset + i;
      if (at < 0 || at >= out.length) continue;
      result[i] = packet.payload[i] === this.bytes[at] ? out[at]! : out[at]! ^ 0xff;
      if (result[i] !== 0) end = i + 1;
    }
    return end === 0 ? null : result.subarray(0, end);
  }

  /** Where the payload of `packet` begins in the stream. */
  offsetOf(packet: CollectedPacket): number {
    return (startOf(packet) - this.base) | 0;
  }
}

/** Sequence number of the first payload byte: a SYN takes one itself. */
function startOf({ seq, flags }: CollectedPacket): number {
  return ((flags & SYN) === 0 ? seq : seq + 1) | 0;
}
