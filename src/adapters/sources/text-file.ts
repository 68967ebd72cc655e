import { constants } from 'node:buffer';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { DpiError } from '../../core/common/error.js';
import { openRawInput } from './open-raw-input.js';

const PIECE_LEN = 64 * 1024;

/**
 * The text of a file, UTF-8. A FIFO is read as captures are: a thread that waits in one could not be called off, and
 * would keep the process from ending. Rejects with what the file system throws, for a FIFO with a DpiError that names
 * it; also when it has more bytes than a text may have.
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
      // A copy: a writer of few bytes at a time must not cost a whole piece for each.
      pieces.push(Buffer.from(piece.subarray(0, got)));
      len += got;
    }
    throw new DpiError('input-not-readable', `${path} has more than ${constants.MAX_STRING_LENGTH} bytes`);
  } finally {
    input.close();
  }
}
