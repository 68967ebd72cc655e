import type { Prng } from '../forge/prng.js';
import type { PackedCapture } from './packed-captures.js';

/** Changes `packed.pieces`: pieces are replaced, never written into. */
type PackedMutation = (packed: PackedCapture, prng: Prng) => void;

/** As far as a header of either format reaches: magic, flags, lengths, the first bits of a deflate or zstd block. */
const HEAD_LEN = 18;
const EDGES = [0, 1, 2, 3, 4, 7, 8, 0x0f, 0x10, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0x8b, 0xb5, 0xc0, 0xfe, 0xff];
const LENS = [0, 1, 7, 8, 255, 65_535, 65_536, 131_071, 131_072, 131_073, 0xffffff, 0x7fffffff, 0xffffffff];
const FOREIGN = [
  '1f8b08000000000000ff',
  '28b52ffd0000',
  '425a6839',
  'fd377a585a00',
  '504b0304',
  '0000000000000000',
  'ff',
];

const PACKED_MUTATIONS: Readonly<Record<string, PackedMutation>> = {
  /** A byte of a frame or member header, of a block's length and kind, or of a checksum. */
  head(packed, prng) {
    const at = prng.int(packed.pieces.length);
    const piece = Buffer.from(packed.pieces[at]!);
    if (piece.length === 0) return;
    const where = prng.int(Math.min(piece.length, HEAD_LEN));
    piece[where] = prng.chance(0.5) ? prng.pick(EDGES) : prng.int(256);
    packed.pieces[at] = piece;
  },

  /** A length field, wherever it may be: two, three or four bytes, little-endian. */
  length(packed, prng) {
    const at = prng.int(packed.pieces.length);
    const piece = Buffer.from(packed.pieces[at]!);
    const fieldLen = prng.between(2, 4);
    if (piece.length < fieldLen) return;
    const where = prng.int(Math.min(piece.length - fieldLen + 1, HEAD_LEN));
    piece.writeUIntLE(prng.pick(LENS) % 256 ** fieldLen, where, fieldLen);
    packed.pieces[at] = piece;
  },

  data(packed, prng) {
    const at = prng.int(packed.pieces.length);
    const piece = Buffer.from(packed.pieces[at]!);
    if (piece.length === 0) return;
    for (let n = prng.between(1, 6); n > 0; n--) piece[prng.int(piece.length)] = prng.int(256);
    packed.pieces[at] = piece;
  },

  /** Cut off anywhere, or a few bytes before the end. */
  truncate(packed, prng) {
    const all = Buffer.concat(packed.pieces);
    const keep = prng.chance(0.5) ? prng.int(all.length + 1) : all.length - prng.int(Math.min(all.length + 1, 13));
    packed.pieces = [all.subarray(0, keep)];
  },

  cutPiece(packed, prng) {
    const at = prng.int(packed.pieces.length);
    const piece = packed.pieces[at]!;
    packed.pieces[at] = piece.subarray(0, prng.int(piece.length + 1));
  },

  drop(packed, prng) {
    if (packed.pieces.length > 1) packed.pieces.splice(prng.int(packed.pieces.length), 1);
  },

  /** A piece again, elsewhere: a block of another frame, a header in the middle. */
  splice(packed, prng) {
    const piece = packed.pieces[prng.int(packed.pieces.length)]!;
    packed.pieces.splice(prng.between(0, packed.pieces.length), 0, piece);
  },

  /** Bytes between members or frames, or behind the last: noise, zero bytes, the beginning of something else. */
  garbage(packed, prng) {
    const bytes = prng.chance(0.5) ? Buffer.from(prng.pick(FOREIGN), 'hex') : prng.bytes(prng.between(1, 300));
    const at = prng.chance(0.5) ? packed.pieces.length : prng.between(0, packed.pieces.length);
    packed.pieces.splice(at, 0, bytes);
  },

  /** A skippable frame of zstd (RFC 8878 §3.1.2), its length right or not. */
  skippable(packed, prng) {
    const content = prng.bytes(prng.int(100));
    const header = Buffer.alloc(8);
    header.writeUInt32LE(0x184d2a50 + prng.int(16), 0);
    header.writeUInt32LE(prng.chance(0.7) ? content.length : prng.pick(LENS), 4);
    packed.pieces.splice(prng.between(0, packed.pieces.length), 0, Buffer.concat([header, content]));
  },
};

const NAMES = Object.keys(PACKED_MUTATIONS);

/** Applies none (one in eight) to four mutations, and returns their names. */
export function mutatePacked(packed: PackedCapture, prng: Prng): string[] {
  const applied: string[] = [];
  const count = prng.chance(0.125) ? 0 : prng.between(1, 4);
  for (let n = 0; n < count; n++) {
    const name = prng.pick(NAMES);
    PACKED_MUTATIONS[name]!(packed, prng);
    applied.push(name);
  }
  return applied;
}
