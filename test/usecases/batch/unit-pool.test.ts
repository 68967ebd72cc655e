/** Units that end the thread or the process that works them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunFolder } from '../../../src/adapters/batch/run-folder.js';
import { reportOf } from '../../../src/usecases/batch/batch-report.js';
import { makePlan } from '../../../src/usecases/batch/plan.js';
import type { Plan } from '../../../src/usecases/batch/plan-types.js';
import { forgetFailures, openUnits, workPlan } from '../../../src/usecases/batch/work.js';
import { writeRing } from '../../support/ring.js';

let root: string;
let run: RunFolder;
let plan: Plan;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'dpi-pool-'));
  run = new RunFolder(join(root, 'run'));
  for (const name of ['a', 'b', 'c']) writeRing(join(root, 'in'), name, { files: 1 });
  plan = await makePlan(run, {
    names: { inputs: [join(root, 'in')], fromStdin: null },
    mode: 'auto',
    appsFiles: [],
    ignoreVlan: false,
    followCname: false,
    intervalMs: null,
    limits: {},
  });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Starts threads that put an empty result in place, and do `code` first. */
function threadThat(code: string): () => Worker {
  const program = `const { mkdirSync, writeFileSync } = require('node:fs');
const { parentPort } = require('node:worker_threads');
const workUnit = ({ run, one }) => {
  const stream = one.stream.name;
  ${code}
  const folder = run + '/units/' + one.unit.id.slice(0, 2) + '/' + one.unit.id;
  mkdirSync(folder, { recursive: true });
  writeFileSync(folder + '/manifest.json', JSON.stringify({ status: 'done', error: null }));
  return 'done';
};
parentPort.on('message', ({ task }) => parentPort.postMessage({ isDone: true, value: workUnit(task) }));`;
  return () => new Worker(program, { eval: true });
}

describe('a unit', () => {
  it('that ends its thread again and again is a named failure, and the rest goes on', async () => {
    const startThread = threadThat("if (stream === 'b') process.exit(1);");
    expect(await workPlan(run, plan, { startThread, jobs: 2 })).toBe(3);
    const report = reportOf(run, plan);
    expect(report.units).toEqual({ total: 3, done: 2, damaged: 0, failed: 1, missing: 0 });
    expect(report.failures).toEqual([
      { stream: 'b', unit: expect.any(String), error: expect.stringContaining('its analysis failed 3 times') },
    ]);
    expect(await workPlan(run, plan, { startThread, jobs: 1 })).toBe(0);
    expect(forgetFailures(run, plan)).toBe(1);
    expect(await workPlan(run, plan, { startThread: threadThat(''), jobs: 1 })).toBe(1);
    expect(reportOf(run, plan).units.done).toBe(3);
  });

  it('that ended the process five times is a named failure', async () => {
    const [one] = openUnits(run, plan).open;
    for (let n = 0; n < 5; n++) run.beginAttempt(one!.unit.id);
    await workPlan(run, plan, { startThread: threadThat(''), jobs: 1 });
    expect(reportOf(run, plan).failures).toEqual([
      { stream: one!.stream.name, unit: one!.unit.id, error: 'its analysis ended the process 5 times' },
    ]);
  });

  it('whose folder cannot be written ends the run with a sentence', async () => {
    const startThread = threadThat("return { cannotWrite: 'no space left' };");
    await expect(workPlan(run, plan, { startThread, jobs: 1 })).rejects.toThrow('no space left');
    expect(openUnits(run, plan).open).toHaveLength(3);
    expect(run.attempts(plan.streams[0]!.units[0]!.id)).toBe(0);
  });
});
