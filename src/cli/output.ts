/** Where a report goes. */
export interface Output {
  write(text: string): void;
  /** The same for `buf[start, end)`, UTF-8, which is copied. */
  writeBytes(buf: Buffer, start: number, end: number): void;
  /** A promise to await before writing more, null while there is room. */
  drain(): Promise<void> | null;
  /** Writes the rest and makes it permanent. Throws DpiError when the text can't be written. */
  commit(): Promise<void>;
  /** True once the text is in a pager, which takes the whole screen. */
  readonly isPaged?: boolean;
  /** Drops the rest: a file keeps its old content, a stream keeps the text written so far. */
  discard(): void;
}
