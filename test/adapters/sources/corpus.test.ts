import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSource } from './read-source.js';

/** Real captures that are kept beside the repository, with what tshark counted in each. */
const CORPUS = join(import.meta.dirname, '../../../../shared/corpus');
/** Where the list counts otherwise than capinfos, which is right. */
const COUNTED_AGAIN: Record<string, number> = {
  'tests/http-evader/http-evader-326/input.pcap': 8,
  'tests/http-evader/http-evader-352/input.pcap': 8,
};
const isThere = existsSync(join(CORPUS, 'manifest.tsv'));
if (!isThere) console.log(`no corpus of captures at ${CORPUS}: its test is skipped`);

describe.skipIf(!isThere)('the corpus of real captures', () => {
  it('has as many packets in every file as tshark counts, and the damage it reports', async () => {
    const [header, ...lines] = readFileSync(join(CORPUS, 'manifest.tsv'), 'utf8').trim().split('\n');
    const columns = header!.split('\t');
    const folder = join(CORPUS, 'captures');
    const names = new Map(readdirSync(folder).map((name) => [name.split('.')[0], name]));
    const wrong: string[] = [];
    for (const line of lines) {
      const row = Object.fromEntries(line.split('\t').map((cell, i) => [columns[i], cell]));
      const name = names.get(row.sha256);
      if (name === undefined) continue;
      const { packets, damage, source, stream } = await readSource(join(folder, name));
      const format = `${source.compression === null ? '' : `${source.compression}+`}${stream.format}`;
      const expected = [
        COUNTED_AGAIN[row.path] ?? Number(row.packets),
        row.truncated === 'yes',
        row.format.replace(/-(us|ns)$/, ''),
      ];
      const actual = [packets, damage !== null, format];
      if (String(actual) !== String(expected))
        wrong.push(`${row.path}: ${actual} instead of ${expected}; ${damage?.message}`);
    }
    expect(wrong).toEqual([]);
  });
});
