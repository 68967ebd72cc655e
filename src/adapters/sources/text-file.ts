import { constants } from 'node:buffer';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { DpiError } from '../../core/common/error.js';
import { openRawInput } from './open-raw-input.js';

const PIECE_LEN = 64 * 1024;

/**
 * Reads a file as UTF-8. Reads a FIFO as captures are read, because a thread that waits for one can't be cancelled and
 * would keep the process alive. Rejects with the file system's error; for a FIFO, or a text that is too long, with a
 * DpiError that names it.
 */
export async function readTextFile(path: string): Promise<string> {
  if (!statSync(path).isFIFO()) return readFile(path, 'utf8');
  const input = await openRawInput(path);
  try {
    const piece = Buffer.allocUnsafe(PIECE_LEN);
    const pieces: Buffer[] = [];
    for (let len = 0; len <= constants.MAX_STRING_LENGTH; ) {
      const got = await input.read(piece, 0, PIECE_LEN);
      if (got === 0) return Buffer.concat(pieces).toString('utf8');
      // A copy, so that short writes don't retain a whole piece each.
      pieces.push(Buffer.from(piece.subarray(0, got)));
      len += got;
    }
    throw new DpiError('input-not-readable', `${path} has more than ${constants.MAX_STRING_LENGTH} bytes`);
  } finally {
    input.close();
  }
}
