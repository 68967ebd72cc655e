/** Texts in one buffer. */
const PIECE_TEXTS = 4096;

/**
 * Texts outside of V8's heap: a million strings would be marked anew by each of its collections. Texts must be well-formed
 * Unicode; what is not comes back with U+FFFD.
 */
export class PackedTexts {
  readonly length: number;
  private readonly pieces: Buffer[] = [];
  /** Where each text ends in its piece. */
  private readonly ends: Uint32Array;

  constructor(texts: readonly string[]) {
    this.length = texts.length;
    this.ends = new Uint32Array(texts.length);
    for (let from = 0; from < texts.length; from += PIECE_TEXTS) this.pack(texts.slice(from, from + PIECE_TEXTS), from);
  }

  /** Text number `at`, 0 to length - 1, as a new string. Throws RangeError outside. */
  at(at: number): string {
    if (!(at >= 0 && at < this.length)) throw new RangeError(`No text number ${at} among ${this.length}`);
    const start = at % PIECE_TEXTS === 0 ? 0 : this.ends[at - 1]!;
    return this.pieces[Math.floor(at / PIECE_TEXTS)]!.toString('utf8', start, this.ends[at]!);
  }

  private pack(texts: readonly string[], from: number): void {
    const joined = texts.join('');
    const piece = Buffer.from(joined, 'utf8');
    const isAscii = piece.length === joined.length;
    let end = 0;
    for (let i = 0; i < texts.length; i++) {
      end += isAscii ? texts[i]!.length : Buffer.byteLength(texts[i]!);
      this.ends[from + i] = end;
    }
    this.pieces.push(piece);
  }
}
