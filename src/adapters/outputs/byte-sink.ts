/** Where the bytes of a capture go, in order. Failures are DpiErrors that name the path. */
export interface ByteSink {
  /** True when somebody may be waiting for each byte: a pipe. */
  readonly isStream: boolean;
  /** Takes the bytes, which may be changed afterwards. */
  write(bytes: Buffer): void;
  /** A promise to await before writing more, null while there is room. */
  drain(): Promise<void> | null;
  /** Takes the last `len` bytes back where that is possible, else returns false. */
  takeBack(len: number): boolean;
  /** Writes what is left and makes it permanent. */
  commit(): Promise<void>;
  /** Gives up: a file keeps its old content, a stream what it has got. May be called after `commit`, and twice. */
  discard(): void;
}

/** Takes bytes and forgets them: a dry run. */
export const NOWHERE: ByteSink = {
  isStream: false,
  write() {},
  drain: () => null,
  takeBack: () => true,
  commit: async () => {},
  discard() {},
};
