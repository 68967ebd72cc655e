/** Where a report goes. */
export interface Output {
  write(text: string): void;
  /** The same for `buf[start, end)`, UTF-8, which is copied. */
  writeBytes(buf: Buffer, start: number, end: number): void;
  /** A promise to await before writing more, null while there is room. */
  drain(): Promise<void> | null;
  /** Writes what is left and makes it permanent. Throws DpiError when the text could not be written. */
  commit(): Promise<void>;
  /** Gives up: a file keeps its old content, a stream what it has got. */
  discard(): void;
}
