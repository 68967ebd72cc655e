import { readdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:net';

/** At most one message in this time. */
const QUIET_MS = 60_000;

/**
 * Bounds the connections of `server` by the process's limit of open files, of which half stay free for uploads, the
 * rule store and the log. Without a bound the system drops connections, and this process never learns of it. `warn`
 * gets a sentence at the first refused connection, then at most once a minute. No effect where /proc is missing.
 */
export function limitConnections(server: Server, warn: (sentence: string) => void): void {
  const free = freeDescriptors();
  if (free === null) return;
  server.maxConnections = Math.max(1, Math.floor(free / 2));
  let refused = 0;
  let toldMs = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    refused++;
    if (performance.now() - toldMs < QUIET_MS) return;
    toldMs = performance.now();
    const are = refused === 1 ? '1 connection was' : `${refused} connections were`;
    warn(`${are} refused: ${server.maxConnections} are open, all that the limit of open files leaves (ulimit -n)`);
    refused = 0;
  });
}

/** Null where the limit is unknown or unlimited. */
function freeDescriptors(): number | null {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return limit === null ? null : Number(limit[1]) - readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}
