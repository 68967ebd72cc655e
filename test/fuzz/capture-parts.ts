/**
 * A capture cut into its parts: for pcap the file header and each record, for pcapng each block. What can't be cut any
 * further (no capture, or a length that leads nowhere) is one last part. Joined again they are the same bytes.
 */
export interface CaptureParts {
  readonly format: 'pcap' | 'pcapng';
  readonly littleEndian: boolean;
  /** Where a frame begins in a record: 16, or 24 in the modified variant; for pcapng the packet blocks' 28. */
  readonly headerLen: number;
  /** Parts that come before anything that may be removed or moved: 1 for pcap, 0 for pcapng. */
  readonly fixed: number;
  parts: Buffer[];
}

const PCAP_HEADER_LEN = 24;
const SECTION_HEADER = 0x0a0d0d0a;
const ENHANCED_PACKET = 6;

/** Null for what begins like neither format. */
export function cutCapture(bytes: Buffer): CaptureParts | null {
  if (bytes.length < PCAP_HEADER_LEN) return null;
  if (bytes.readUInt32BE(0) === SECTION_HEADER) return cutBlocks(bytes);
  const magic = bytes.readUInt32BE(0);
  const littleEndian = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1 || magic === 0x34cdb2a1;
  const bigEndian = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d || magic === 0xa1b2cd34;
  if (!littleEndian && !bigEndian) return null;
  const headerLen = magic === 0x34cdb2a1 || magic === 0xa1b2cd34 ? 24 : 16;
  const parts = [bytes.subarray(0, PCAP_HEADER_LEN)];
  let at = PCAP_HEADER_LEN;
  while (at + headerLen <= bytes.length) {
    const len = littleEndian ? bytes.readUInt32LE(at + 8) : bytes.readUInt32BE(at + 8);
    if (at + headerLen + len > bytes.length) break;
    parts.push(bytes.subarray(at, at + headerLen + len));
    at += headerLen + len;
  }
  if (at < bytes.length) parts.push(bytes.subarray(at));
  return { format: 'pcap', littleEndian, headerLen, fixed: 1, parts };
}

function cutBlocks(bytes: Buffer): CaptureParts {
  let littleEndian = bytes.readUInt32BE(8) === 0x4d3c2b1a;
  const first = littleEndian;
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 12 <= bytes.length) {
    if (bytes.readUInt32BE(at) === SECTION_HEADER) littleEndian = bytes.readUInt32BE(at + 8) === 0x4d3c2b1a;
    const len = littleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4);
    if (len < 12 || at + len > bytes.length) break;
    parts.push(bytes.subarray(at, at + len));
    at += len;
  }
  if (at < bytes.length) parts.push(bytes.subarray(at));
  return { format: 'pcapng', littleEndian: first, headerLen: 28, fixed: 0, parts };
}

/** True for a part that holds a frame, as far as its type tells. */
export function holdsFrame(capture: CaptureParts, index: number): boolean {
  const part = capture.parts[index]!;
  if (capture.format === 'pcap') return index > 0 && part.length > capture.headerLen;
  if (part.length <= 32) return false;
  return (capture.littleEndian ? part.readUInt32LE(0) : part.readUInt32BE(0)) === ENHANCED_PACKET;
}

function readInt(capture: CaptureParts, part: Buffer, at: number): number {
  return capture.littleEndian ? part.readUInt32LE(at) : part.readUInt32BE(at);
}

export function writeInt(capture: CaptureParts, part: Buffer, at: number, value: number): void {
  if (capture.littleEndian) part.writeUInt32LE(value >>> 0, at);
  else part.writeUInt32BE(value >>> 0, at);
}

/** A record or packet block like `part` with another frame in it, its lengths set right. */
export function withFrame(capture: CaptureParts, part: Buffer, frame: Buffer): Buffer {
  if (capture.format === 'pcap') {
    const out = Buffer.concat([part.subarray(0, capture.headerLen), frame]);
    writeInt(capture, out, 8, frame.length);
    writeInt(capture, out, 12, Math.max(frame.length, readInt(capture, part, 12)));
    return out;
  }
  const padding = Buffer.alloc(-frame.length & 3);
  const out = Buffer.concat([part.subarray(0, 28), frame, padding, Buffer.alloc(4)]);
  writeInt(capture, out, 4, out.length);
  writeInt(capture, out, out.length - 4, out.length);
  writeInt(capture, out, 20, frame.length);
  writeInt(capture, out, 24, Math.max(frame.length, readInt(capture, part, 24)));
  return out;
}

/** The frame in a part that `holdsFrame`; bounded by the part whatever its lengths say. */
export function frameOf(capture: CaptureParts, part: Buffer): Buffer {
  const len = readInt(capture, part, capture.format === 'pcap' ? 8 : 20);
  return part.subarray(capture.headerLen, Math.min(capture.headerLen + len, part.length));
}
