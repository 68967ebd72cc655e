import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** What tells a file from another, and from itself with other content. */
export interface FileIdentity {
  readonly len: number;
  /** Time of the last change in nanoseconds, as text: it is longer than a number holds. */
  readonly modified_ns: string;
  /** Hash of the length and of samples of the content: its begin, its end and four places between. */
  readonly digest: string;
}

const END_LEN = 16 << 10;
const SAMPLE_LEN = 4 << 10;
const SAMPLES = 4;
const DIGEST_LEN = 32;

/**
 * Reads the identity of a file: 48 KiB of it, since a planner can't read an archive of terabytes. Throws the error of
 * the file system.
 */
export function readIdentity(path: string): FileIdentity {
  const fd = openSync(path, 'r');
  try {
    const { size, mtimeNs } = fstatSync(fd, { bigint: true });
    const len = Number(size);
    const hash = createHash('sha256').update(`${len}\n`);
    addBytes(hash, fd, 0, END_LEN);
    for (let n = 1; n <= SAMPLES; n++) addBytes(hash, fd, Math.floor((len * n) / (SAMPLES + 1)), SAMPLE_LEN);
    addBytes(hash, fd, Math.max(0, len - END_LEN), END_LEN);
    return { len, modified_ns: String(mtimeNs), digest: hash.digest('hex').slice(0, DIGEST_LEN) };
  } finally {
    closeSync(fd);
  }
}

/** Whether the file is as long and as old as it was. False for one that is gone. */
export function isUnchanged(path: string, before: Pick<FileIdentity, 'len' | 'modified_ns'>): boolean {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat !== undefined && Number(stat.size) === before.len && String(stat.mtimeNs) === before.modified_ns;
}

function addBytes(hash: Hash, fd: number, at: number, len: number): void {
  const buf = Buffer.allocUnsafe(len);
  hash.update(buf.subarray(0, readSync(fd, buf, 0, len, at)));
}
