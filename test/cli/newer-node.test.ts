/** A feature that the building Node lacks is used if the running Node has it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLEAN_ENV, ensureBuilt } from '../support/run-cli.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dpi-newer-'));

beforeAll(ensureBuilt);
afterAll(() => rmSync(folder, { recursive: true }));

it('writes zstd with zlib where zlib can', async () => {
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Buffer) => Buffer };
  const newer = join(folder, 'newer.cjs');
  // Where zlib has no zstd, gzip stands in: the program uses whatever stream zlib returns.
  const standIn = "const zlib = require('node:zlib'); zlib.createZstdCompress = () => zlib.createGzip();";
  writeFileSync(newer, zstdDecompressSync ? '' : standIn);
  const out = join(folder, 'out.pcap.zst');
  const args = ['bin/dpi.js', 'filter', '-q', '--no-stored-rules', 'samples/demo.pcap', out];
  await execa(process.execPath, ['--require', newer, ...args], { cwd: ROOT, env: CLEAN_ENV });
  const written = (zstdDecompressSync ?? zlib.gunzipSync)(readFileSync(out));
  expect(written.equals(readFileSync(join(ROOT, 'samples/demo.pcap')))).toBe(true);
});
