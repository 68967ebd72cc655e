const LF = 10;
/**
 * A string of 128 KiB gets pages of its own from V8, touched for the first time; from here on longer ones gain nothing.
 */
const WINDOW_LEN = 32_768;

/** Reads the next bytes of a text to the end of `into` and returns how many, 0 at the end of the text. */
export type ReadInto = (into: Buffer) => number;

/** A text (UTF-8) line by line, or many lines at once, through a window of 32 KiB. */
export class LineWindow {
  private readonly buf = Buffer.allocUnsafeSlow(WINDOW_LEN);
  private start = 0;
  private end = 0;

  constructor(private readonly read: ReadInto) {}

  /** The next line without its LF; null where no whole one is left, or it is longer than the window. */
  next(): string | null {
    for (;;) {
      const lf = this.buf.indexOf(LF, this.start);
      if (lf !== -1 && lf < this.end) return this.take(lf);
      if (!this.fill()) return null;
    }
  }

  /**
   * The buffered whole lines, at least one, up to a line that begins with `mark` (ASCII), without their last LF. Null
   * where no such line follows, or a line is longer than the window.
   */
  before(mark: string): string | null {
    for (;;) {
      const marked = this.buf.indexOf(`\n${mark}`, this.start);
      const isMarked = marked !== -1 && marked + mark.length < this.end;
      // A line shorter than the mark, so far, may still turn out to begin with it.
      const last = this.end - 1 - mark.length;
      const lf = isMarked ? marked : last < this.start ? -1 : this.buf.lastIndexOf(LF, last);
      if (lf > this.start) return this.take(lf);
      if (!this.fill()) return null;
    }
  }

  /** Whether the buffered part of the next line begins with `mark`. */
  isAt(mark: string): boolean {
    const end = this.start + mark.length;
    return end <= this.end && this.buf.toString('latin1', this.start, end) === mark;
  }

  isAtEnd(): boolean {
    return this.start === this.end && !this.fill();
  }

  private take(lf: number): string {
    const text = this.buf.toString('utf8', this.start, lf);
    this.start = lf + 1;
    return text;
  }

  /** False at the end of the text, and where there is no room. */
  private fill(): boolean {
    this.buf.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    const len = this.read(this.buf.subarray(this.end));
    this.end += len;
    return len > 0;
  }
}
