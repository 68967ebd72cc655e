/** The destination of a capture's bytes. Failures are DpiErrors that name the path. */
export interface ByteSink {
  /** True for a pipe, whose reader may wait for each byte. */
  readonly isStream: boolean;
  /** Takes the bytes, which may be changed afterwards. */
  write(bytes: Buffer): void;
  /** A promise to await before writing more, null while there is room. */
  drain(): Promise<void> | null;
  /** Removes the last `len` bytes; false where that is impossible. */
  takeBack(len: number): boolean;
  /** Writes the rest and makes the output permanent. */
  commit(): Promise<void>;
  /** Gives up: a file keeps its old content, a stream the bytes written so far. No effect after `commit` or twice. */
  discard(): void;
}

/** Discards all bytes, for a dry run. */
export const NOWHERE: ByteSink = {
  isStream: false,
  write() {},
  drain: () => null,
  takeBack: () => true,
  commit: async () => {},
  discard() {},
};
