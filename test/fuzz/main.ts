/**
 * npm run fuzz -- [--seed N] [--runs N] [--from N] [--time SECONDS] [--own] [--out FOLDER]
 *
 * Mutates captures and runs the engine over them; see test/fuzz/fuzz-case.ts for what must hold. The same seed gives
 * the same cases. `--own` leaves out captures beside the repository. A failing capture is made smaller and written to
 * FOLDER, with what it was packed to where that is what failed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createAppTable } from '../../src/core/classify/built-in-apps.js';
import { cutCapture } from './capture-parts.js';
import { FuzzRunner, makeCase } from './fuzz-case.js';
import { minimise } from './minimise.js';
import { listSeeds } from './seeds.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '10000' },
    from: { type: 'string', default: '0' },
    time: { type: 'string', default: 'Infinity' },
    own: { type: 'boolean', default: false },
    out: { type: 'string', default: join(tmpdir(), 'dpi-fuzz') },
  },
});
const seed = Number(values.seed);
const first = Number(values.from);
const end = first + Number(values.runs);
const timeMs = Number(values.time) * 1000;
const MAX_FAILURES = 20;

const seeds = listSeeds(values.own);
mkdirSync(values.out, { recursive: true });
const runner = new FuzzRunner(createAppTable(), values.out);
const started = performance.now();
let nextLine = started + 10_000;
let done = 0;
let failures = 0;
let largestRss = 0;
let slowestMs = 0;
console.log(`${seeds.length} captures to start from, seed ${seed}, runs ${first} to ${end - 1}`);

for (let run = first; run < end && failures < MAX_FAILURES; run++) {
  const now = performance.now();
  if (now - started > timeMs) break;
  if (now > nextLine) {
    nextLine = now + 10_000;
    largestRss = Math.max(largestRss, process.memoryUsage.rss());
    console.log(`${done} runs, ${failures} failures, ${Math.round((done / (now - started)) * 1000)} a second`);
  }
  const one = makeCase(seeds, seed, run);
  done++;
  if (one === null) continue;
  const bytes = Buffer.concat(one.capture.parts);
  const key = `${seed}/${run}/engine`;
  const problem = await runner.problemOf(bytes, key);
  slowestMs = Math.max(slowestMs, performance.now() - now);
  if (problem === null) continue;
  failures++;
  const kind = kindOf(problem);
  const cut = cutCapture(bytes);
  const failsAlike = async (fewer: Buffer) => kindOf((await runner.problemOf(fewer, key)) ?? '') === kind;
  const small = cut === null ? bytes : await minimise(cut, failsAlike);
  const path = join(values.out, `seed-${seed}-run-${run}.pcap`);
  writeFileSync(path, small);
  console.log(
    `FAILED seed ${seed} run ${run}: ${problem}\n  from ${one.origin}: ${one.mutations.join(', ')}\n  ${small.length} bytes: ${path}`,
  );
}

largestRss = Math.max(largestRss, process.memoryUsage.rss());
const took = (performance.now() - started) / 1000;
runner.close();
console.log(
  `seed ${seed}: ${done} runs in ${took.toFixed(0)} s, ${failures} failures, ` +
    `${runner.filtered} filtered, ${runner.packed} packed, slowest ${slowestMs.toFixed(0)} ms, resident ${Math.round(largestRss / 2 ** 20)} MiB`,
);
process.exitCode = failures === 0 ? 0 : 1;

/** Two failures with the same kind are taken for the same one. */
function kindOf(problem: string): string {
  return problem.slice(0, 40);
}
