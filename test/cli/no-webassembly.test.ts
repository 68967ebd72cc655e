/** Where V8 may compile nothing, there is no WebAssembly, and QUIC is read without it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { CLEAN_ENV, ensureBuilt } from '../support/run-cli.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ARGS = ['bin/dpi.js', 'analyze', '--json', '--no-stored-rules', 'samples/chromium-quic.pcap'];

beforeAll(ensureBuilt);

it('gives the same report with --jitless', async () => {
  const options = { cwd: ROOT, env: CLEAN_ENV, reject: false };
  const compiled = await execa(process.execPath, ARGS, options);
  const interpreted = await execa(process.execPath, ['--jitless', ...ARGS], options);
  expect(interpreted.exitCode).toBe(0);
  expect(interpreted.stdout).toBe(compiled.stdout);
  expect(JSON.parse(compiled.stdout).connections.some((one: { quic_version?: string }) => one.quic_version)).toBe(true);
});

it('says what Parquet needs, not how another output is packed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dpi-no-wasm-'));
  const args = ['--jitless', ...ARGS.filter((arg) => arg !== '--json'), '--parquet', join(folder, 'out')];
  const run = await execa(process.execPath, args, { cwd: ROOT, env: CLEAN_ENV, reject: false });
  expect([run.exitCode, run.stderr]).toEqual([2, expect.stringContaining('Parquet needs it: allow WebAssembly')]);
  expect(run.stderr).not.toContain('.gz');
  rmSync(folder, { recursive: true, force: true });
});
