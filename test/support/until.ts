import { setTimeout as wait } from 'node:timers/promises';

/** How long a busy machine may take for what an idle one does at once. */
const PATIENCE_MS = 30_000;
const INTERVAL_MS = 5;

/**
 * Resolves once `condition` holds, which is asked every few milliseconds; rejects with `what` (a text, or what gives one
 * by then) when it does not within half a minute.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  patienceMs = PATIENCE_MS,
): Promise<void> {
  for (let waitedMs = 0; !(await condition()); waitedMs += INTERVAL_MS) {
    if (waitedMs >= patienceMs) throw new Error(`waited in vain for ${typeof what === 'string' ? what : what()}`);
    await wait(INTERVAL_MS);
  }
}
