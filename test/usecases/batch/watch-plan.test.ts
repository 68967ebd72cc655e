/** What a watched run plans: finished files, days, and rings that delete their oldest files. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunFolder } from '../../../src/adapters/batch/run-folder.js';
import type { Plan } from '../../../src/usecases/batch/plan-types.js';
import { FinishedFiles, makeWatchPlan, type Seal } from '../../../src/usecases/batch/watch-plan.js';
import { writeRing } from '../../support/ring.js';

let root: string;
let run: RunFolder;
let clock = 0;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dpi-watch-'));
  run = new RunFolder(join(root, 'run'));
  clock = 0;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const now = () => clock;

function plan(before: Plan | null, finished: FinishedFiles, seal: Seal = 'day'): Promise<Plan> {
  return makeWatchPlan(run, before, {
    folder: join(root, 'in'),
    seal,
    finished,
    appsFiles: [],
    ignoreVlan: false,
    followCname: false,
    intervalMs: null,
    limits: {},
  });
}

/** Files of each unit of the only stream. */
const units = ({ streams }: Plan) => streams[0]?.units.map(({ parts }) => parts.map(({ file }) => file));

function finishAll({ streams }: Plan): void {
  for (const { units: planned } of streams) {
    for (const { id } of planned) {
      mkdirSync(run.unit(id), { recursive: true });
      writeFileSync(join(run.unit(id), 'manifest.json'), JSON.stringify({ status: 'done' }));
    }
  }
}

/** Gives the files the times at which a capture would have ended them. */
function age(paths: readonly string[]): void {
  for (const [n, path] of paths.entries()) utimesSync(path, 1000 + n, 1000 + n);
}

describe('a file', () => {
  it('is finished when the ring has a next one, or when it has not changed for a while', async () => {
    mkdirSync(join(root, 'in'));
    const finished = new FinishedFiles(60_000, now);
    const empty = await plan(null, finished);
    expect(empty.streams).toEqual([]);
    const paths = writeRing(join(root, 'in'), 'eth0', { files: 3 });
    age(paths);
    expect(units(await plan(empty, finished))).toEqual([[0, 1]]);
    clock = 30_000;
    appendFileSync(paths[2]!, '');
    utimesSync(paths[2]!, 2000, 2000);
    expect(units(await plan(null, finished))).toEqual([[0, 1]]);
    clock = 89_999;
    expect(units(await plan(null, finished))).toEqual([[0, 1]]);
    clock = 90_000;
    const whole = await plan(null, finished);
    expect(units(whole)).toEqual([[0, 1, 2]]);
    // After a restart, a file that was finished stays so.
    expect(units(await plan(whole, new FinishedFiles(60_000, now)))).toEqual([[0, 1, 2]]);
  });
});

describe('a stream', () => {
  it('begins a unit with each day, unless it is never sealed', async () => {
    // 15:06:40, and 3 hours a file.
    age(writeRing(join(root, 'in'), 'eth0', { files: 7, seconds: 10_800 }));
    const finished = () => new FinishedFiles(0, now);
    expect(units(await plan(null, finished()))).toEqual([
      [0, 1, 2],
      [3, 4, 5, 6],
    ]);
    expect(units(await plan(null, finished(), 'never'))).toEqual([[0, 1, 2, 3, 4, 5, 6]]);
  });

  it('keeps the result of files that the ring has deleted, and goes on behind them', async () => {
    const paths = writeRing(join(root, 'in'), 'eth0', { files: 5 });
    age(paths);
    const finished = new FinishedFiles(60_000, now);
    const first = await plan(null, finished);
    expect(units(first)).toEqual([[0, 1, 2, 3]]);
    finishAll(first);
    rmSync(paths[0]!);
    clock = 60_000;
    const second = await plan(first, finished);
    expect(units(second)).toEqual([[0, 1, 2, 3], [4]]);
    expect(second.streams[0]!.units[0]!.id).toBe(first.streams[0]!.units[0]!.id);
    finishAll(second);
    for (const path of paths.slice(1)) rmSync(path);
    const third = await plan(second, finished);
    expect(third.streams).toEqual(second.streams);
  });

  it('does without files that were deleted before they had a result', async () => {
    const paths = writeRing(join(root, 'in'), 'eth0', { files: 4 });
    age(paths);
    const finished = new FinishedFiles(0, now);
    const first = await plan(null, finished);
    rmSync(paths[0]!);
    const second = await plan(first, finished);
    expect(second.streams[0]!.files.map(({ path }) => path)).toEqual(paths.slice(1));
    expect(units(second)).toEqual([[0, 1, 2]]);
  });
});
