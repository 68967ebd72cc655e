import type { Prng } from '../forge/prng.js';
import { type CaptureParts, frameOf, holdsFrame, withFrame, writeInt } from './capture-parts.js';
import { FRAME_MUTATIONS } from './frame-mutations.js';

/** Changes `capture.parts` in place: parts are replaced, never written into (they are shared with the seed). */
type CaptureMutation = (capture: CaptureParts, prng: Prng, other: CaptureParts | null) => void;

/** Most packets of a mutated capture: what goes on for longer shows nothing new and costs time. */
const MAX_PARTS = 400;

/** Integers at which something tends to happen. */
const EDGES = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 20, 24, 27, 28, 31, 32, 40, 41, 63, 64, 127, 128, 191, 192, 255, 256, 511, 512, 1023,
  1499, 4095, 4096, 16383, 16384, 16385, 32767, 32768, 65534, 65535, 65536, 131072, 262143, 262144, 262145, 0xffffff,
  0x1000000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
] as const;

/** Seconds since the epoch to which clocks jump. */
const MOMENTS = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 4_294_967_000, 946_684_800];

const CAPTURE_MUTATIONS: Readonly<Record<string, CaptureMutation>> = {
  /** A length field of a record or block header says something else. */
  recordLength(capture, prng) {
    const at = anyPart(capture, prng, capture.fixed);
    if (at < 0) return;
    const part = Buffer.from(capture.parts[at]!);
    const fields = capture.format === 'pcap' ? [8, 12] : [4, 20, 24, part.length - 4];
    const field = prng.pick(fields);
    if (field < 0 || field + 4 > part.length) return;
    writeInt(capture, part, field, prng.chance(0.5) ? prng.pick(EDGES) : prng.int(part.length + 20));
    capture.parts[at] = part;
  },

  /** pcapng: a block says that it ends elsewhere, at its beginning alone or there as well. */
  blockLength(capture, prng) {
    const at = anyPart(capture, prng, 0);
    if (capture.format !== 'pcapng' || at < 0 || capture.parts[at]!.length < 16) return;
    const part = Buffer.from(capture.parts[at]!);
    const len = prng.chance(0.3)
      ? prng.pick(EDGES)
      : prng.between(2, part.length >> 2) * 4 + (prng.chance(0.1) ? 1 : 0);
    writeInt(capture, part, 4, len);
    if (prng.chance(0.6) && len >= 12 && len <= part.length) writeInt(capture, part, len - 4, len);
    capture.parts[at] = part;
  },

  /** pcapng: byte order, section length, interface numbers, link types, codes and lengths of options. */
  blockField(capture, prng) {
    if (capture.format !== 'pcapng' || capture.parts.length === 0) return;
    const at = prng.chance(0.5) ? prng.int(Math.min(3, capture.parts.length)) : prng.int(capture.parts.length);
    if (capture.parts[at]!.length < 16) return;
    const part = Buffer.from(capture.parts[at]!);
    const where = 8 + 2 * prng.int(Math.min(60, part.length - 10) >> 1);
    if (capture.littleEndian) part.writeUInt16LE(prng.pick(EDGES) & 0xffff, where);
    else part.writeUInt16BE(prng.pick(EDGES) & 0xffff, where);
    capture.parts[at] = part;
  },

  fileHeader(capture, prng) {
    if (capture.parts.length === 0) return;
    const part = Buffer.from(capture.parts[0]!);
    if (part.length > 0) part[prng.int(part.length)] = prng.int(256);
    capture.parts[0] = part;
  },

  linkType(capture, prng) {
    if (capture.format !== 'pcap' || capture.parts.length === 0 || capture.parts[0]!.length < 24) return;
    const part = Buffer.from(capture.parts[0]!);
    writeInt(
      capture,
      part,
      20,
      prng.pick([0, 1, 9, 12, 50, 51, 101, 104, 105, 108, 113, 119, 127, 192, 228, 229, 239, 276]),
    );
    capture.parts[0] = part;
  },

  truncate(capture, prng) {
    if (capture.parts.length === 0) return;
    const keep = prng.int(capture.parts.length);
    const part = capture.parts[keep]!;
    capture.parts = [...capture.parts.slice(0, keep), part.subarray(0, prng.int(part.length + 1))];
  },

  dropPart(capture, prng) {
    const at = anyPart(capture, prng, 0);
    if (at >= 0) capture.parts.splice(at, 1);
  },

  duplicate(capture, prng) {
    const at = anyPart(capture, prng, capture.fixed);
    if (at < 0) return;
    const part = capture.parts[at]!;
    const copies = prng.chance(0.1) ? 100 : prng.between(1, 3);
    for (let n = 0; n < copies; n++) capture.parts.splice(prng.between(capture.fixed, capture.parts.length), 0, part);
  },

  reorder(capture, prng) {
    const from = prng.between(capture.fixed, capture.parts.length);
    const to = Math.min(capture.parts.length, from + prng.between(2, 12));
    const shuffled = prng.shuffle(capture.parts.slice(from, to));
    capture.parts.splice(from, to - from, ...shuffled);
  },

  /** Time stamps jump to 1970, to 2106 and back, or far enough for connections to time out. */
  time(capture, prng) {
    const count = prng.between(1, 20);
    for (let n = 0; n < count; n++) {
      const at = anyFrame(capture, prng);
      if (at < 0) return;
      const part = Buffer.from(capture.parts[at]!);
      if (capture.format === 'pcap') {
        writeInt(capture, part, 0, prng.chance(0.5) ? prng.pick(MOMENTS) : 1_700_000_000 + prng.int(1_000));
        if (prng.chance(0.2)) writeInt(capture, part, 4, prng.pick(EDGES));
      } else {
        writeInt(capture, part, 12, prng.chance(0.5) ? prng.pick(EDGES) : prng.uint32());
        writeInt(capture, part, 16, prng.uint32());
      }
      capture.parts[at] = part;
    }
  },

  /** Records of another capture in between, or its whole rest behind. */
  splice(capture, prng, other) {
    if (other === null) return;
    const whole = other.format !== capture.format || prng.chance(0.2);
    const from = whole ? 0 : prng.between(other.fixed, other.parts.length);
    const piece = other.parts.slice(from, from + (whole ? MAX_PARTS : prng.between(1, 40)));
    capture.parts.splice(prng.between(capture.fixed, capture.parts.length), 0, ...piece);
  },

  /** Some bytes anywhere. */
  bytes(capture, prng) {
    const at = anyPart(capture, prng, 0);
    if (at < 0 || capture.parts[at]!.length === 0) return;
    const part = Buffer.from(capture.parts[at]!);
    const count = prng.between(1, 8);
    for (let n = 0; n < count; n++)
      part[prng.int(part.length)] = prng.chance(0.3) ? prng.pick([0, 255, 127, 128]) : prng.int(256);
    capture.parts[at] = part;
  },

  /** Every packet of one connection, or many of them, changed in one field: keys meet that never would. */
  everyFrame(capture, prng) {
    const at = prng.between(14, 60);
    const value = prng.int(256);
    for (let i = capture.fixed; i < capture.parts.length; i++) {
      if (!holdsFrame(capture, i) || capture.parts[i]!.length <= capture.headerLen + at + 4) continue;
      const part = Buffer.from(capture.parts[i]!);
      part[capture.headerLen + at] = value;
      capture.parts[i] = part;
    }
  },
};

for (const [name, mutate] of Object.entries(FRAME_MUTATIONS)) {
  (CAPTURE_MUTATIONS as Record<string, CaptureMutation>)[name] = (capture, prng) => {
    const at = anyFrame(capture, prng);
    if (at < 0) return;
    const frames = mutate(frameOf(capture, capture.parts[at]!), prng);
    const parts = frames.map((frame) => withFrame(capture, capture.parts[at]!, frame));
    capture.parts.splice(at, 1, ...parts);
  };
}

const NAMES = Object.keys(CAPTURE_MUTATIONS);

/** Applies one to a dozen mutations, and returns their names. */
export function mutate(capture: CaptureParts, prng: Prng, other: CaptureParts | null): string[] {
  if (capture.parts.length > MAX_PARTS) {
    const from = prng.between(capture.fixed, capture.parts.length - MAX_PARTS);
    const keepsInterfaces = capture.format === 'pcapng' ? 4 : capture.fixed;
    capture.parts = [...capture.parts.slice(0, keepsInterfaces), ...capture.parts.slice(from, from + MAX_PARTS)];
  }
  const applied: string[] = [];
  const count = prng.chance(0.2) ? prng.between(4, 12) : prng.between(1, 3);
  for (let n = 0; n < count; n++) {
    const name = prng.pick(NAMES);
    CAPTURE_MUTATIONS[name]!(capture, prng, other);
    applied.push(name);
  }
  return applied;
}

function anyPart(capture: CaptureParts, prng: Prng, from: number): number {
  return capture.parts.length > from ? prng.between(from, capture.parts.length - 1) : -1;
}

/** A part with a frame in it, -1 when a few tries find none. */
function anyFrame(capture: CaptureParts, prng: Prng): number {
  for (let n = 0; n < 8; n++) {
    const at = anyPart(capture, prng, capture.fixed);
    if (at >= 0 && holdsFrame(capture, at)) return at;
  }
  return -1;
}
