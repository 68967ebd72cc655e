import { compareFolders } from '../../adapters/batch/compare-folders.js';
import { type RunFolder, UnfinishedUnit } from '../../adapters/batch/run-folder.js';
import type { Manifest, Plan, UnitOfPlan } from './plan-types.js';
import { recomputeUnit, SHARED_LEN } from './unit.js';
import { openUnits } from './work.js';

/** What a verification found. */
export interface Verified {
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
  hooks: { readonly onUnit?: (done: number, all: number) => void; readonly signal?: AbortSignal },
): Promise<Verified> {
  const { done } = openUnits(run, plan);
  const chosen = sampleOf(done, fraction);
  const differences: Verified['differences'] = [];
  let units = 0;
  for (const one of chosen) {
    if (hooks.signal?.aborted) break;
    hooks.onUnit?.(units, chosen.length);
    for (const file of await differing(run, plan, one)) differences.push({ stream: one.stream.name, file });
    units++;
  }
  return { units, differences };
}

async function differing(run: RunFolder, plan: Plan, one: UnitOfPlan): Promise<readonly string[]> {
  const { id } = one.unit;
  const stored = JSON.parse(run.readManifest(id)!) as Manifest;
  const again = new UnfinishedUnit(run, id);
  try {
    const shared = new SharedArrayBuffer(SHARED_LEN);
    const status = await recomputeUnit({ run: run.path, one, analysis: plan.analysis, shared }, again);
    if (status !== stored.status) return ['manifest.json'];
    return status === 'failed' ? [] : compareFolders(run.unit(id), again.folder, ['manifest.json']);
  } finally {
    again.discard();
  }
}

function sampleOf(units: readonly UnitOfPlan[], fraction: number): UnitOfPlan[] {
  const count = Math.min(units.length, Math.max(1, Math.ceil(units.length * fraction)));
  return Array.from({ length: count }, (_, i) => units[Math.floor(((i + 0.5) * units.length) / count)]!);
}
