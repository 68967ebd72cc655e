import { rmdir, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DpiError } from '../../core/common/error.js';

/** A holder renews its lock every second; one that has not done so for this long was killed. */
const STALE_MS = 10_000;
const RENEW_MS = 1_000;
const GIVE_UP_MS = 60_000;
/** Waits grow from the first to the second: fifty waiters that all look every few milliseconds starve the holder. */
const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 150;

/** The lock was lost to another process, because this one stood still for longer than STALE_MS. */
export class LockLostError extends Error {}

/**
 * Runs `work` while holding the lock folder `<path>.lock`; waits up to a minute for others. `assertHeld` throws
 * LockLostError when the lock is no longer ours: call it right before the step that must not happen twice.
 */
export async function withFileLock<T>(path: string, work: (assertHeld: () => Promise<void>) => Promise<T>): Promise<T> {
  const release = await acquire(path);
  const lock = `${path}.lock`;
  const ours = (await stat(lock)).ino;
  try {
    return await work(async () => {
      const now = await stat(lock).catch(() => null);
      if (now === null || now.ino !== ours) throw new LockLostError();
    });
  } finally {
    await release().catch(() => {});
  }
}

async function acquire(path: string): Promise<() => Promise<void>> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  const seen = { mtimeMs: 0, sinceMs: 0 };
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS)) {
    try {
      return await lockOnce(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    await breakIfStale(path, seen);
    if (performance.now() > giveUpAt) {
      throw new DpiError('rules-locked', `another process holds the lock ${path}.lock; remove it if no dpi is running`);
    }
    await sleep(waitMs * Math.random());
  }
}

async function lockOnce(path: string): Promise<() => Promise<void>> {
  const lockfile = await loadLockfile();
  return lockfile.lock(path, {
    realpath: false,
    // The library must not break stale locks on its own: two processes that do so at once both end up holding it.
    stale: Number.MAX_SAFE_INTEGER,
    update: RENEW_MS,
    // A lock that was taken away is noticed by `assertHeld`.
    onCompromised: () => {},
  });
}

/**
 * Removes the lock of a killed process. Breakers take a lock of their own and look again under it, so that none removes
 * the fresh lock of the one before. Time stamps that lie in the future (another host's clock) count from when first
 * seen.
 */
async function breakIfStale(path: string, seen: { mtimeMs: number; sinceMs: number }): Promise<void> {
  const lock = `${path}.lock`;
  const before = await stat(lock).catch(() => null);
  if (before === null) return;
  if (before.mtimeMs !== seen.mtimeMs) {
    seen.mtimeMs = before.mtimeMs;
    seen.sinceMs = performance.now();
  }
  const unchangedMs = Math.max(Date.now() - before.mtimeMs, performance.now() - seen.sinceMs);
  if (unchangedMs < STALE_MS) return;
  const lockfile = await loadLockfile();
  let release: () => Promise<void>;
  try {
    release = await lockfile.lock(lock, { realpath: false, lockfilePath: `${path}.lock-break`, stale: STALE_MS });
  } catch {
    return;
  }
  try {
    const again = await stat(lock).catch(() => null);
    if (again !== null && again.ino === before.ino && again.mtimeMs === before.mtimeMs)
      await rmdir(lock).catch(() => {});
  } finally {
    await release().catch(() => {});
  }
}

/** Only for who writes: the package patches `fs` as it loads, which a reader of rules should not pay for. */
async function loadLockfile(): Promise<typeof import('proper-lockfile')> {
  return (await import('proper-lockfile')).default;
}
