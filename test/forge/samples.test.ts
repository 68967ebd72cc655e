import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { generatedSamples } from '../../samples/generate.js';

const FOLDER = new URL('../../samples/generated/', import.meta.url);

describe('samples/generated', () => {
  it('holds exactly what samples/generate.ts writes', () => {
    const stored = readdirSync(FOLDER).filter((name) => !name.endsWith('.json'));
    const made = generatedSamples();
    expect(made.map(({ name }) => name).sort()).toEqual(stored.sort());
    for (const { name, bytes } of made) {
      // Compressed bytes may differ between versions of zlib; what they hold may not.
      const open = name.endsWith('.gz') ? gunzipSync : (data: Buffer): Buffer => data;
      expect(open(readFileSync(new URL(name, FOLDER))).equals(open(bytes)), name).toBe(true);
    }
  });
});
