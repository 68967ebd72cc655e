import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';

const SAMPLES = resolve(import.meta.dirname, '../../../samples');
const CAPTURES = readdirSync(SAMPLES).filter((name) => /\.pcap(ng)?$/.test(name));

it('says of each connection what a record of its own says', async () => {
  let reported = 0;
  for (const name of CAPTURES) {
    const own: ConnectionRecord[] = [];
    await analyzeCaptures([join(SAMPLES, name)], { onConnection: (c) => own.push(c) });
    const copies: ConnectionRecord[] = [];
    const seen = new Set<ConnectionRecord>();
    const { top } = await analyzeCaptures([join(SAMPLES, name)], {
      reusesRecord: true,
      top: 3,
      onConnection(c) {
        seen.add(c);
        copies.push(structuredClone(c));
      },
    });
    expect(copies).toEqual(own);
    expect(Object.keys(copies[0] ?? {})).toEqual(Object.keys(own[0] ?? {}));
    // The largest stay as they were.
    const byBytes = [...own].sort((a, b) => b.bytes - a.bytes || a.id - b.id);
    expect(top).toEqual(byBytes.slice(0, 3));
    if (own.length > 50) expect(seen.size).toBeLessThan(own.length / 2);
    reported += own.length;
  }
  expect(reported).toBeGreaterThan(100);
});
