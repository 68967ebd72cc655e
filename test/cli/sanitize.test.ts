/** `dpi sanitize` as its user sees it: keys, outputs, exit codes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runDpi } from '../support/run-cli.js';

const DEMO = resolve(import.meta.dirname, '../../samples/demo.pcap');
const folder = mkdtempSync(join(tmpdir(), 'dpi-sanitize-cli-'));
const out = join(folder, 'out.pcap');
const key = join(folder, 'key');
beforeAll(ensureBuilt);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: string[], env = {}) => runDpi(['sanitize', ...args], { encoding: 'utf8', env });

describe('dpi sanitize', () => {
  it('says what it replaced, and that the proof holds', async () => {
    const { stdout, stderr, exitCode } = await run([DEMO, out]);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toMatch(/Replaced +20 IPv4 addresses · 2 IPv6 addresses · 2 MAC addresses · 19 names/);
    expect(stdout).toMatch(/Proof +labels and facts of 53 connections agree · \d+ patterns in \d+ kB: none found/);
  });

  it('takes the key from a file or the environment, to the same effect', async () => {
    writeFileSync(key, 'a key of sixteen bytes or more\n');
    await run([DEMO, out, '--key-file', key, '--quiet']);
    const first = readFileSync(out);
    await run([DEMO, out, '--quiet'], { DPI_SANITIZE_KEY: 'a key of sixteen bytes or more' });
    expect(readFileSync(out).equals(first)).toBe(true);
    const { stdout } = await run([DEMO, out, '--key-file', key, '--json']);
    expect(JSON.parse(String(stdout))).toMatchObject({ packets: 692, is_key_random: false, proof: { holds: true } });
  });

  it('rejects keys that can be guessed, and files that are none', async () => {
    writeFileSync(key, 'short\n');
    const { stderr, exitCode } = await run([DEMO, out, '--key-file', key]);
    expect([stderr, exitCode]).toEqual([`dpi: the key in ${key} has 5 bytes; it needs 16 at least\n`, 2]);
    const missing = await run([DEMO, out, '--key-file', join(folder, 'none')]);
    expect([missing.exitCode, String(missing.stderr)]).toEqual([
      2,
      expect.stringMatching(/^dpi: can't read the key file .*: there is no such file\n$/),
    ]);
  });

  it('writes the copy to standard output, and the report to standard error', async () => {
    const { stdout, stderr, exitCode } = await runDpi(['sanitize', '-', '-'], {
      encoding: 'buffer',
      input: readFileSync(DEMO),
      stdin: undefined,
    });
    expect(exitCode).toBe(0);
    expect(Buffer.from(stdout as unknown as Uint8Array).readUInt32LE()).toBe(0xa1b2c3d4);
    expect(Buffer.from(stderr as unknown as Uint8Array).toString()).toContain('none found');
  });
});
