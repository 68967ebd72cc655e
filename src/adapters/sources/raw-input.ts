/** The bytes of a file or pipe as they are, before any decompression. */
export interface RawInput {
  readonly name: string;
  /** Null for pipes. */
  readonly totalLen: number | null;
  readonly bytesRead: number;
  /** True when `rewind` works. */
  readonly seekable: boolean;
  /** Reads up to `len` bytes to `into[at]`; 0 at the end. */
  read(into: Buffer, at: number, len: number): number | Promise<number>;
  /** Goes back to the start of the input. */
  rewind(): void;
  close(): void;
}

/** A capture to read: a path ("-" is standard input), or an open input, which is closed after reading. */
export type CaptureInput = string | RawInput;

export function nameOf(input: CaptureInput): string {
  return typeof input === 'string' ? input : input.name;
}

/** True for the names of standard input. */
export function isStdinPath(path: string): boolean {
  return path === '-' || path === '/dev/stdin' || path === '/dev/fd/0';
}
