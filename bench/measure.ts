import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one whole process cost, its start included. */
export interface Cost {
  /** User and system time together. */
  cpuSeconds: number;
  wallSeconds: number;
  /** Peak resident set in MiB; null where the system has no GNU time to tell it. */
  peakMiB: number | null;
}

const GNU_TIME = '/usr/bin/time';

/**
 * Runs a command to its end with stdout going to `stdoutPath` (or nowhere). Throws when it fails. The cost comes from
 * GNU time where it is installed, else from bash's `time`, which does not tell the memory.
 */
export function measure(command: string, args: readonly string[], stdoutPath = '/dev/null'): Cost {
  const folder = mkdtempSync(join(tmpdir(), 'dpi-bench-'));
  const report = join(folder, 'cost');
  // The user's stored rules and certificates are no part of what is measured.
  const { NODE_EXTRA_CA_CERTS: _ca, DPI_RULES_FILE: _file, DPI_REDIS_URL: _redis, ...env } = process.env;
  const stdout = openSync(stdoutPath, 'w');
  try {
    const hasGnuTime = existsSync(GNU_TIME);
    const [program, programArgs] = hasGnuTime
      ? [GNU_TIME, ['-o', report, '-f', '%U %S %e %M', command, ...args]]
      : ['bash', ['-c', 'TIMEFORMAT="%U %S %R"; { time "$@" 2>&3; } 3>&2 2>"$0"', report, command, ...args]];
    // What an earlier run wrote is on the disk before this one is timed.
    if (isInstalled('sync')) spawnSync('sync');
    const run = spawnSync(program, programArgs, {
      env: { ...env, XDG_CONFIG_HOME: folder },
      stdio: ['ignore', stdout, 'pipe'],
      encoding: 'utf8',
    });
    if (run.status !== 0)
      throw new Error(`${command} ended with ${run.status ?? run.signal}: ${run.stderr.slice(0, 400)}`);
    const [user, system, wall, peakKiB] = readFileSync(report, 'utf8').trim().split(/\s+/).map(Number);
    return { cpuSeconds: user! + system!, wallSeconds: wall!, peakMiB: peakKiB === undefined ? null : peakKiB / 1024 };
  } finally {
    closeSync(stdout);
    rmSync(folder, { recursive: true });
  }
}

/** Whether a program of that name is on the PATH. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

/** The middle value; of an even number the mean of the middle two. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
