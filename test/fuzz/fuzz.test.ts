/** A short share of `npm run fuzz`, over the captures of the repository: the same cases every time. */
import { afterAll, describe, expect, it } from 'vitest';
import { createAppTable } from '../../src/core/classify/built-in-apps.js';
import { cutCapture } from './capture-parts.js';
import { FuzzRunner, makeCase } from './fuzz-case.js';
import { minimise } from './minimise.js';
import { listSeeds } from './seeds.js';

const SEED = 6;
const RUNS = 400;

const seeds = listSeeds(true);
const runner = new FuzzRunner(createAppTable());
afterAll(() => runner.close());

describe('fuzzing', () => {
  it('cuts captures into parts that are the same bytes again', () => {
    for (const seed of seeds) {
      const bytes = seed.read();
      expect(Buffer.concat(cutCapture(bytes)!.parts).equals(bytes)).toBe(true);
    }
  });

  it('makes the same case from the same numbers', () => {
    const parts = (run: number) => Buffer.concat(makeCase(seeds, SEED, run)!.capture.parts);
    for (let run = 0; run < 20; run++) expect(parts(run).equals(parts(run))).toBe(true);
    expect(parts(1).equals(parts(2))).toBe(false);
  });

  it('makes a failing capture as small as the failure allows', async () => {
    const capture = cutCapture(seeds[0]!.read())!;
    const culprit = capture.parts[17]!;
    const small = await minimise(capture, (bytes) => bytes.includes(culprit));
    expect(small.length).toBe(capture.parts[0]!.length + culprit.length);
  });

  it(`finds nothing wrong in ${RUNS} mutated captures`, async () => {
    const problems: string[] = [];
    for (let run = 0; run < RUNS; run++) {
      const one = makeCase(seeds, SEED, run)!;
      const problem = await runner.problemOf(Buffer.concat(one.capture.parts), `${SEED}/${run}/engine`);
      if (problem !== null) problems.push(`npm run fuzz -- --own --seed ${SEED} --from ${run} --runs 1: ${problem}`);
    }
    expect(problems).toEqual([]);
    // Some of them were filtered and packed as well.
    expect(Math.min(runner.filtered, runner.packed)).toBeGreaterThan(RUNS / 20);
  });

  it('finds nothing wrong in captures unharmed', async () => {
    for (const seed of seeds)
      expect([seed.name, await runner.problemOf(seed.read(), seed.name)]).toEqual([seed.name, null]);
  });
});
