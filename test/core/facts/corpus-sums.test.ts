/** On every capture of the reference corpus beside the repository, the parts of the report add up to its totals. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectSums, fullReport } from './adds-up.js';

const CORPUS = resolve(import.meta.dirname, '../../../../shared/corpus/captures');
const present = existsSync(CORPUS);
if (!present) console.warn('corpus absent: the sums of reports are checked on the samples only');

describe.runIf(present)('every reference capture', () => {
  it('adds up', async () => {
    const failures: string[] = [];
    for (const name of readdirSync(CORPUS)) {
      try {
        expectSums(await fullReport(join(CORPUS, name)));
      } catch (error) {
        failures.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
      }
    }
    expect(failures).toEqual([]);
  }, 300_000);
});
