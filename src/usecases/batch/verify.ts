import { existsSync } from 'node:fs';
import type { RunFolder } from '../../adapters/batch/run-folder.js';
import type { Plan, UnitOfPlan } from './plan-types.js';
import { forEachUnit, UnitPool } from './unit-pool.js';
import { openUnits, type WorkOptions } from './work.js';

/** What a verification found. */
interface Verified {
  /** Units that were analyzed again. */
  readonly units: number;
  /** Results that differ, and in which file. */
  readonly differences: { readonly stream: string; readonly file: string }[];
}

/**
 * Analyzes a part of the finished units again and compares the results byte by byte. `fraction` is from 0 to 1, of
 * which at least one unit is taken, spread evenly over the plan. Rejects with a DpiError.
 */
export async function verifyRun(
  run: RunFolder,
  plan: Plan,
  fraction: number,
  { startThread, jobs, signal }: Pick<WorkOptions, 'startThread' | 'jobs' | 'signal'>,
): Promise<Verified> {
  const chosen = sampleOf(openUnits(run, plan).done.filter(hasFiles), fraction);
  const differences: Verified['differences'] = [];
  let units = 0;
  const pool = new UnitPool({ startThread, jobs });
  const stop = () => pool.stop();
  signal?.addEventListener('abort', stop);
  try {
    await forEachUnit(pool, jobs, chosen, async (one) => {
      const files = await pool.verify(run, plan, one);
      if (files === null) return;
      for (const file of files) differences.push({ stream: one.stream.name, file });
      units++;
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await pool.close();
  }
  return { units, differences };
}

/** A watched ring deletes its oldest files. */
function hasFiles({ stream, unit }: UnitOfPlan): boolean {
  return unit.parts.every(({ file }) => existsSync(stream.files[file]!.path));
}

function sampleOf(units: readonly UnitOfPlan[], fraction: number): UnitOfPlan[] {
  const count = Math.min(units.length, Math.max(1, Math.ceil(units.length * fraction)));
  return Array.from({ length: count }, (_, i) => units[Math.floor(((i + 0.5) * units.length) / count)]!);
}
