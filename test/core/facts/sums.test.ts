/** On every sample, the parts of the report add up to its totals. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'vitest';
import { expectSums, fullReport } from './adds-up.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const samples = ['samples', 'samples/generated'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name))
    .map((name) => join(folder, name)),
);

describe.each(samples)('%s', (sample) => {
  it('adds up', async () => {
    expectSums(await fullReport(join(ROOT, sample)));
  });
});
