import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const OWNER_ONLY = 0o600;
const PERMISSIONS = 0o777;
const GROUP = 0o070;
const PIECE_LEN = 1 << 20;
/** A temporary file this old belongs to a process that was killed. */
const ABANDONED_MS = 60_000;

/**
 * Replaces `path` by the joined `pieces`: the name shows the old content or the new one, also after a crash or a power
 * cut. A new file is readable by the owner only; a replaced one keeps its mode, group and, for root, owner.
 * `beforeRename` may still throw to leave the old content. The caller serialises writers.
 */
export async function writeFileAtomically(
  path: string,
  pieces: Iterable<string>,
  beforeRename: () => Promise<void> = async () => {},
): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  const previous = await stat(path).catch(() => null);
  const file = await open(temporary, 'wx', OWNER_ONLY);
  try {
    try {
      if (previous !== null) await takeAfter(file, previous);
      for (const chunk of joinPieces(pieces)) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await beforeRename();
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Gives a new file the owner, group and mode of the one that it replaces. */
async function takeAfter(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const { uid: ownUid, gid: ownGid } = await file.stat();
  let permissions = mode & PERMISSIONS;
  if (uid !== ownUid || gid !== ownGid) {
    const isRoot = process.getuid?.() === 0;
    const keepsGroup = await file.chown(isRoot ? uid : ownUid, gid).then(
      () => true,
      () => false,
    );
    // What the old group was allowed is not for another one.
    if (!keepsGroup && gid !== ownGid) permissions &= ~GROUP;
  }
  await file.chmod(permissions);
}

/** Deletes what killed writers of `path` left beside it. */
export async function removeAbandoned(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !/^\d+-[\da-f]{8}\.tmp$/.test(name.slice(prefix.length))) continue;
    const abandoned = join(folder, name);
    const found = await stat(abandoned).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > ABANDONED_MS) await unlink(abandoned).catch(() => {});
  }
}

function* joinPieces(pieces: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < PIECE_LEN) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

/**
 * Makes the rename durable. Windows and some network file systems can't sync a folder; the rename stands all the same.
 */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (handle === null) return;
  await handle.sync().catch(() => {});
  await handle.close();
}
