import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that are synced at a time: a file system puts them into one write of its journal. */
const AT_ONCE = 16;

/** Makes everything in a folder durable, and the folder itself. Rejects with the error of the file system. */
export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => ({ path: join(entry.parentPath, entry.name), isFile: entry.isFile() }));
  await syncAll(paths.filter(({ isFile }) => isFile).map(({ path }) => path));
  await syncAll([...paths.filter(({ isFile }) => !isFile).map(({ path }) => path), folder], true);
}

/** Makes the names in a folder durable, as after a rename. Windows and some file systems can't, and need not. */
export async function syncFolder(folder: string): Promise<void> {
  await syncAll([folder], true);
}

async function syncAll(paths: readonly string[], mayFail = false): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < paths.length) {
      const done = syncOne(paths[next++]!);
      await (mayFail ? done.catch(() => {}) : done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function syncOne(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
