import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonFormat } from '../src/render/json.js';
import { analyzeCaptures } from '../src/usecases/analyze/analyze.js';

const ROOT = resolve(import.meta.dirname, '..');

const samples = ['samples', 'samples/generated'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name))
    .map((name) => `${folder}/${name}`),
);

/** The report as `dpi analyze --json <sample>` prints it from the root of the repo. */
async function reportOf(sample: string): Promise<string> {
  let text = '';
  const format = jsonFormat((part) => {
    text += part;
  });
  const before = process.cwd();
  process.chdir(ROOT);
  try {
    const { summary } = await analyzeCaptures([sample], { onConnection: (c) => format.connection(c), top: 0 });
    format.finish({ summary, topConnections: [] });
  } finally {
    process.chdir(before);
  }
  return text;
}

describe('samples', () => {
  it('all have an expected report', () => {
    expect(samples.length).toBeGreaterThan(60);
    expect(samples.filter((sample) => !existsSync(join(ROOT, `${sample}.expected.json`)))).toEqual([]);
  });

  it.each(samples)('%s gives its expected report', async (sample) => {
    const expected = readFileSync(join(ROOT, `${sample}.expected.json`), 'utf8');
    expect(JSON.parse(await reportOf(sample))).toEqual(JSON.parse(expected));
  });

  it('gives the same bytes every time', async () => {
    expect(await reportOf('samples/demo.pcap')).toBe(await reportOf('samples/demo.pcap'));
  });
});
