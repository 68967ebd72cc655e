const GRACE_MS = 2000;

/**
 * Ends the process soon, should connections to a Redis that is gone keep it alive: the queue's package waits for it,
 * and tries again every fifteen seconds. Call when all is done and said, and the exit code is set.
 */
export function endSoon(): void {
  setTimeout(() => process.exit(), GRACE_MS).unref();
}
