/**
 * The command line with a fixture in place of the engine, run as a process of its own:
 * `node --import tsx test/support/fixture-cli.ts <args>`. The first input's name says what the engine does:
 * "report", "many:<connections>", "slow:<milliseconds>", "damaged", "broken".
 */

import { processContext } from '../../src/cli/context.js';
import { main } from '../../src/cli/main.js';
import type { AnalyzeCaptures } from '../../src/usecases/analyze/analyze-types.js';
import { connection, connections, summary } from './report-fixture.js';

const BATCH = 1000;

const analyzeFixture: AnalyzeCaptures = async ([input], options) => {
  const [kind, number] = input!.split(':');
  if (kind === 'broken') throw new TypeError('no such\x1b[31m thing');
  if (kind === 'many') await many(Number(number), options);
  else for (const one of connections()) options.onConnection?.(one);
  if (kind === 'slow') await slow(Number(number), options);

  const damaged = kind === 'damaged';
  const warnings = damaged ? ['\x1b]0;owned\x07 cut off at byte 12'] : [];
  return {
    summary: summary({ warnings }),
    top: connections().slice(0, options.top),
    domainCount: summary().domains_detected.length,
    hostCount: summary().hosts.length,
    isDamaged: damaged,
    proofs: new Map(),
  };
};

async function many(count: number, { onConnection, drain, signal }: Parameters<AnalyzeCaptures>[1]): Promise<void> {
  for (let id = 1; id <= count && !signal?.aborted; id++) {
    onConnection?.(connection({ id }));
    if (id % BATCH === 0) {
      await drain?.();
      await new Promise(setImmediate);
    }
  }
}

async function slow(ms: number, { onProgress, signal }: Parameters<AnalyzeCaptures>[1]): Promise<void> {
  process.stderr.write('slow work begins\n');
  const started = performance.now();
  for (let passed = 0; passed < ms && !signal?.aborted; passed = performance.now() - started) {
    onProgress?.({ bytesRead: passed * 1e6, totalLen: ms * 1e6, packets: Math.round(passed * 1234) });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

await main(process.argv.slice(2), { ...processContext(), loadAnalyze: async () => analyzeFixture });
