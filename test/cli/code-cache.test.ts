/** The built program starts from the code that V8 compiled at build time, and starts without it where it is useless. */
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLEAN_ENV, ensureBuilt } from '../support/run-cli.js';

const ROOT = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dpi-code-cache-'));
const CODE_CACHE = join(folder, `dist/cli.${process.versions.v8}.code-cache`);

beforeAll(async () => {
  await ensureBuilt();
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const node = (...args: string[]) => execa(process.execPath, args, { cwd: folder, reject: false, env: CLEAN_ENV });
const connections = async () => {
  const { stdout, stderr, exitCode } = await node(
    'bin/dpi.js',
    ...['analyze', '--ndjson', '--no-stored-rules', join(ROOT, 'samples/demo.pcap')],
  );
  expect([stderr, exitCode]).toEqual(['', 0]);
  return stdout.split('\n').length;
};

describe('the code cache', () => {
  it('is accepted by V8 and holds the functions that analyze runs', async () => {
    // A process each: V8 may reuse code that it has compiled from the same text.
    const inProcess = async (result: string) => {
      const loader =
        "require('./bin/v8-flags.js'); const { compileProgram, readCodeCache } = require('./bin/load-program.js');";
      return JSON.parse((await node('-e', `${loader} console.log(${result})`)).stdout);
    };
    const cachedDataRejected = await inProcess('compileProgram(readCodeCache()).cachedDataRejected');
    const unrun = await inProcess('compileProgram().createCachedData().length');
    expect(cachedDataRejected).toBe(false);
    expect(statSync(CODE_CACHE).size).toBeGreaterThan(unrun * 1.5);
  });

  it('is accepted in threads, which start as often as uploads come', async () => {
    // As bin/thread.js begins, which runs the program right away.
    const thread = `require('./bin/v8-flags.js');
      const { compileProgram, readCodeCache } = require('./bin/load-program.js');
      require('node:worker_threads').parentPort.postMessage(compileProgram(readCodeCache()).cachedDataRejected);`;
    expect(readFileSync(join(folder, 'bin/thread.js'), 'utf8')).toMatch(/v8-flags\.js.*loadProgram\(\)/s);
    const script = `require('./bin/v8-flags.js');
      new (require('node:worker_threads').Worker)(${JSON.stringify(thread)}, { eval: true }).on('message', console.log);`;
    expect((await node('-e', script)).stdout).toBe('false');
  });

  it('may be truncated, foreign, or missing', async () => {
    const whole = await connections();
    truncateSync(CODE_CACHE, 100_000);
    expect(await connections()).toBe(whole);
    cpSync(join(ROOT, 'samples/demo.pcap'), CODE_CACHE);
    expect(await connections()).toBe(whole);
    rmSync(CODE_CACHE);
    expect(await connections()).toBe(whole);
  });

  it('is not used with DPI_DEBUG, whose stack traces name lines of the sources', async () => {
    const { stderr, exitCode } = await execa(process.execPath, ['bin/dpi.js', 'analyze', 'x'], {
      cwd: folder,
      reject: false,
      env: { ...CLEAN_ENV, DPI_DEBUG: '1' },
    });
    expect(stderr).toMatch(/^dpi: x does not exist\n/);
    expect(stderr).toMatch(/ at .*\bsrc\/adapters\/sources\/open-raw-input\.ts:\d+/);
    expect(stderr).not.toContain('cli.cjs:');
    expect(exitCode).toBe(2);
  });

  it('does not hide that the program is not built', async () => {
    rmSync(join(folder, 'dist/cli.cjs'), { force: true });
    const expectNotBuilt = async () => {
      const { stderr, exitCode } = await node('bin/dpi.js', 'analyze', 'x');
      expect(stderr).toBe("dpi: the program is not built yet; run 'npm install' or 'npm run build' in its folder");
      expect(exitCode).toBe(2);
    };
    await expectNotBuilt();
    writeFileSync(CODE_CACHE, '');
    await expectNotBuilt();
    expect((await node('bin/dpi.js', '--version')).exitCode).toBe(0);
  });
});
