import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Names the place where process ids mean what they mean here: host, boot, and on Linux the PID namespace, of which each
 * container has its own. Eight hex digits; another place means that a process id tells nothing.
 */
export function processPlace(): string {
  const parts = [hostname(), readOrEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'))];
  parts.push(readOrEmpty(() => readlinkSync('/proc/self/ns/pid')));
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8);
}

/** Whether a process of this place has the id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function readOrEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
