import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { cannotWrite } from './write-error.js';

/** How often to look whether a FIFO has a reader. */
const LOOK_MS = 50;

/** True for a FIFO that is opened without blocking; other systems than Linux open it as a file. Never throws. */
export function isFifo(path: string): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
  } catch {
    // Opening the path says what is wrong with it.
    return false;
  }
}

/**
 * Opens a FIFO for writing and waits for its reader. Neither that nor a reader that stands still blocks the process, so
 * that signals work. Null when the signal comes first; a later one destroys the stream. Rejects with DpiError.
 */
export async function openFifo(path: string, signal?: AbortSignal): Promise<Writable | null> {
  for (;;) {
    if (signal?.aborted) return null;
    const fd = openOrNull(path);
    if (fd !== null) {
      // Loads node:net, which files do without.
      const { Socket } = await import('node:net');
      if (!fstatSync(fd).isFIFO()) closeSync(fd);
      else {
        const stream = new Socket({ fd, readable: false, writable: true });
        signal?.addEventListener('abort', () => stream.destroy(), { once: true });
        return stream;
      }
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}

/** Null as long as there is no reader. */
function openOrNull(path: string): number | null {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return null;
    throw cannotWrite(path, error as NodeJS.ErrnoException);
  }
}
