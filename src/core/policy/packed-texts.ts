import type { Steps } from '../common/turns.js';

const PIECE_TEXTS = 1024;
/** Texts packed before others get their turn: some milliseconds. */
const TEXTS_PER_TURN = 10_000;

/** Texts in one buffer. */
interface Piece {
  readonly bytes: Buffer;
  /** Where each text ends in the buffer. */
  readonly ends: Uint32Array;
  readonly isAscii: boolean;
}

/**
 * Texts outside of V8's heap: a million strings would be marked anew by each of its collections. Texts must be
 * well-formed Unicode; what is not comes back with U+FFFD.
 */
export class PackedTexts implements Iterable<string> {
  /** From a `TextPacker`. */
  constructor(
    /** All but the last have PIECE_TEXTS texts. */
    private readonly pieces: readonly Piece[],
    readonly length: number,
  ) {}

  /** The same object for texts that are packed already. */
  static of(texts: Iterable<string>): PackedTexts {
    return texts instanceof PackedTexts ? texts : PackedTexts.ofBatches([texts]);
  }

  /** As `of`, in steps. */
  static *packSteps(texts: Iterable<string>): Steps<PackedTexts> {
    if (texts instanceof PackedTexts) return texts;
    const packer = new TextPacker();
    for (const text of texts) {
      packer.add(text);
      if (packer.length % TEXTS_PER_TURN === 0) yield;
    }
    return packer.texts();
  }

  /**
   * Texts that come in batches, null where a batch is null: a batch is not needed any more once others have followed
   * it.
   */
  static ofBatches(batches: Iterable<Iterable<string>>): PackedTexts;
  static ofBatches(batches: Iterable<Iterable<string> | null>): PackedTexts | null;
  static ofBatches(batches: Iterable<Iterable<string> | null>): PackedTexts | null {
    const packer = new TextPacker();
    for (const batch of batches) {
      if (batch === null) return null;
      for (const text of batch) packer.add(text);
    }
    return packer.texts();
  }

  /** Text number `at`, 0 to length - 1, as a new string. Throws RangeError outside. */
  at(at: number): string {
    if (!(at >= 0 && at < this.length)) throw new RangeError(`No text number ${at} among ${this.length}`);
    return this.bytesOf(at).toString('utf8', this.startOf(at), this.endOf(at));
  }

  /**
   * The buffer in which text number `at`, 0 to length - 1, lies as UTF-8 from `startOf` to `endOf`; not to be changed.
   */
  bytesOf(at: number): Buffer {
    return this.pieceOf(at).bytes;
  }

  startOf(at: number): number {
    return at % PIECE_TEXTS === 0 ? 0 : this.endOf(at - 1);
  }

  endOf(at: number): number {
    return this.pieceOf(at).ends[at % PIECE_TEXTS]!;
  }

  *[Symbol.iterator](): Generator<string> {
    for (const { bytes, ends, isAscii } of this.pieces) {
      // Parts of one string cost a third of strings made from the bytes one by one.
      const all = isAscii ? bytes.toString('latin1') : null;
      let start = 0;
      for (let i = 0; i < ends.length; i++) {
        const end = ends[i]!;
        yield all === null ? bytes.toString('utf8', start, end) : all.slice(start, end);
        start = end;
      }
    }
  }

  private pieceOf(at: number): Piece {
    return this.pieces[Math.floor(at / PIECE_TEXTS)]!;
  }
}

/** Packs texts one by one. */
export class TextPacker {
  length = 0;
  private readonly pieces: Piece[] = [];
  private pending: string[] = [];

  add(text: string): void {
    this.length++;
    if (this.pending.push(text) === PIECE_TEXTS) this.flush();
  }

  /** What was added; the packer takes no more then. */
  texts(): PackedTexts {
    if (this.pending.length > 0) this.flush();
    return new PackedTexts(this.pieces, this.length);
  }

  private flush(): void {
    this.pieces.push(packed(this.pending));
    this.pending = [];
  }
}

function packed(texts: readonly string[]): Piece {
  const joined = texts.join('');
  const bytes = Buffer.from(joined, 'utf8');
  const isAscii = bytes.length === joined.length;
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (let i = 0; i < texts.length; i++) {
    end += isAscii ? texts[i]!.length : Buffer.byteLength(texts[i]!);
    ends[i] = end;
  }
  return { bytes, ends, isAscii };
}
