import { createHash } from 'node:crypto';
import { readdirSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, processPlace } from './process-place.js';

/** File names have at most 255 bytes; the additions take some forty. */
const MAX_NAME_LEN = 200;
/** Files of another place, where a living process can't be told from a dead one, count as left after a week. */
const ELSEWHERE_MS = 7 * 86_400_000;

/**
 * Temporary files that this process is writing: its own process id may be that of a killed one (in a container, 1).
 * They are deleted when it exits in the midst.
 */
const inUse = new Set<string>();

/** The temporary file for `name`, from `folder`; `random` tells those of one process apart. */
export function temporaryPath(folder: string, name: string, random: string): string {
  return join(folder, `${prefixOf(name)}${process.pid}-${processPlace()}.${random}.dpi-tmp`);
}

export function markInUse(path: string, isInUse: boolean): void {
  if (inUse.size === 0) process.on('exit', deleteInUse);
  if (isInUse) inUse.add(path);
  else inUse.delete(path);
  if (inUse.size === 0) process.off('exit', deleteInUse);
}

function deleteInUse(): void {
  for (const path of inUse) rmSync(path, { force: true });
}

/** Deletes temporary files for `name` that killed processes left in `folder`. Never fails: others stay. */
export function removeStaleFiles(folder: string, name: string): void {
  let entries: string[];
  try {
    entries = readdirSync(folder);
  } catch {
    return;
  }
  const prefix = prefixOf(name);
  for (const entry of entries) {
    const rest = entry.startsWith(prefix) ? TEMPORARY.exec(entry.slice(prefix.length)) : null;
    const path = join(folder, entry);
    if (rest === null || inUse.has(path)) continue;
    try {
      const isHere = rest[2] === processPlace();
      if (isHere ? isOtherAlive(Number(rest[1])) : Date.now() - statSync(path).mtimeMs < ELSEWHERE_MS) continue;
      unlinkSync(path);
    } catch {
      // Belongs to another user, or is gone already.
    }
  }
}

/** Process id, place (files of older versions have none), random digits. */
const TEMPORARY = /^(\d+)(?:-([\da-f]{8}))?\.[\da-f]+\.dpi-tmp$/;

function prefixOf(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_LEN) return `.${name}.`;
  return `.${createHash('sha1').update(name).digest('hex')}.`;
}

/** Whether another process than this one has the id. */
function isOtherAlive(pid: number): boolean {
  return pid !== process.pid && isAlive(pid);
}
