/** What the Node that built the program lacks is found where the Node that runs it has it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLEAN_ENV, ensureBuilt } from '../support/run-cli.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dpi-newer-'));

beforeAll(ensureBuilt);
afterAll(() => rmSync(folder, { recursive: true }));

it('writes zstd with a zlib that can', async () => {
  const newer = join(folder, 'newer.cjs');
  // Gzip stands in for zstd: the program takes whatever stream zlib gives it.
  writeFileSync(newer, "const zlib = require('node:zlib'); zlib.createZstdCompress = () => zlib.createGzip();");
  const out = join(folder, 'out.pcap.zst');
  const args = ['bin/dpi.js', 'filter', '-q', '--no-stored-rules', 'samples/demo.pcap', out];
  await execa(process.execPath, ['--require', newer, ...args], { cwd: ROOT, env: CLEAN_ENV });
  expect(gunzipSync(readFileSync(out)).equals(readFileSync(join(ROOT, 'samples/demo.pcap')))).toBe(true);
});
