import { statSync } from 'node:fs';
import { PendingFile } from '../outputs/pending-file.js';
import { openRawInput } from './open-raw-input.js';
import type { CaptureInput } from './raw-input.js';

const PIECE_LEN = 256 * 1024;
/** An upload may be private. */
const OWNER_ONLY = 0o600;

/**
 * Whether an input can be read a second time. True for a path that does not exist: opening it gives the error.
 */
export function isRereadable(path: CaptureInput): path is string {
  if (typeof path !== 'string') return false;
  if (path === '-' || path === '/dev/stdin' || path === '/dev/fd/0') return false;
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

/** A copy on disk of an input that can be read only once. */
export class SpooledInput {
  private constructor(private readonly file: PendingFile) {}

  /** Reads `input` to its end, or until the signal, into a temporary file beside `beside`. Rejects with a DpiError. */
  static async copy(input: CaptureInput, beside: string, signal: AbortSignal | undefined): Promise<SpooledInput> {
    const file = new PendingFile(beside, [], OWNER_ONLY);
    try {
      const raw = typeof input === 'string' ? await openRawInput(input, input, signal) : input;
      try {
        const piece = Buffer.allocUnsafe(PIECE_LEN);
        while (!signal?.aborted) {
          const answer = raw.read(piece, 0, PIECE_LEN);
          const len = typeof answer === 'number' ? answer : await answer;
          if (len === 0) break;
          file.write(piece.subarray(0, len));
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        raw.close();
      }
      return new SpooledInput(file);
    } catch (error) {
      file.discard();
      throw error;
    }
  }

  get path(): string {
    return this.file.workPath;
  }

  remove(): void {
    this.file.discard();
  }
}
