import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDERS = ['samples', 'samples/generated'];
/** Real captures of other projects, beside the repository where somebody has them. */
const CORPUS = resolve(ROOT, '../shared/corpus/captures');
/** Larger ones cost time for nothing new. */
const MAX_LEN = 2_000_000;
const IN_MEMORY_LEN = 64 << 20;

/** A capture to start from. */
export interface Seed {
  readonly name: string;
  read(): Buffer;
}

/** All captures there are, in a fixed order. `own` leaves out those that are not in the repository. */
export function listSeeds(own: boolean): Seed[] {
  const cache = new Map<string, Buffer>();
  let cachedLen = 0;
  const read = (path: string): Buffer => {
    const known = cache.get(path);
    if (known !== undefined) return known;
    const bytes = unpacked(readFileSync(path), path);
    if (cachedLen + bytes.length <= IN_MEMORY_LEN) {
      cache.set(path, bytes);
      cachedLen += bytes.length;
    }
    return bytes;
  };
  const folders = FOLDERS.map((folder) => resolve(ROOT, folder));
  if (!own && statSync(CORPUS, { throwIfNoEntry: false })?.isDirectory()) folders.push(CORPUS);
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.(pcap|pcapng|cap)(\.gz|\.zst)?$/.test(name))
      .sort()
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).size <= MAX_LEN)
      .map((path) => ({ name: path.startsWith(ROOT) ? path.slice(ROOT.length + 1) : path, read: () => read(path) })),
  );
}

/** As much as can be unpacked of a compressed capture. */
function unpacked(bytes: Buffer, path: string): Buffer {
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes, { maxOutputLength: 4 * MAX_LEN });
    if (bytes.length >= 4 && bytes.readUInt32LE(0) === 0xfd2fb528) return execFileSync('zstd', ['-dcq', path]);
  } catch {
    return Buffer.alloc(0);
  }
  return bytes;
}
