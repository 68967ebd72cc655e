import { closeSync, openSync, readSync } from 'node:fs';

/** The bytes from `at` to `end`; fewer where the file is shorter. Throws the error of the file system. */
export function readTail(path: string, at: number, end: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(end - at);
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, at));
  } finally {
    closeSync(fd);
  }
}
