import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as zlib from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { processPlace } from '../../../src/adapters/outputs/process-place.js';
import { readCapture } from '../../core/capture/read-capture.js';
import { CLEAN_ENV, ensureBuilt, runDpi } from '../../support/run-cli.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const DEMO = join(ROOT, 'samples/demo.pcap');
const PCAPNG = join(ROOT, 'samples/firefox-quic.pcapng');
const demo = readFileSync(DEMO);

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
ajv.addSchema(JSON.parse(readFileSync(join(ROOT, 'schema/report.schema.json'), 'utf8')));
const validate = ajv.compile(JSON.parse(readFileSync(join(ROOT, 'schema/filter.schema.json'), 'utf8')));

let folder: string;
let out: string;
beforeAll(ensureBuilt);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-filter-cli-'));
  out = join(folder, 'out.pcap');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const filter = (...args: string[]) => runDpi(['filter', ...args], { encoding: 'utf8' });

async function summaryOf(...args: string[]) {
  const { stdout, stderr, exitCode } = await filter(...args, '--json', '--quiet');
  expect([stderr, exitCode]).toEqual(['', 0]);
  const summary = JSON.parse(String(stdout));
  expect(validate(summary), JSON.stringify(validate.errors)).toBe(true);
  return summary;
}

describe('dpi filter', () => {
  it('leaves the packets of a blocked app out, and says how many', async () => {
    const { stdout, stderr, exitCode } = await filter(DEMO, out, '--block-app', 'youtube');
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toMatch(/app:YOUTUBE +block +\d+ +\d+/);
    const kept = readCapture(readFileSync(out)).packets.length;
    expect(stdout).toContain(`Kept         ${kept} packets`);
    expect(readdirSync(folder)).toEqual(['out.pcap']);
  });

  it('gives the same numbers as analyze', async () => {
    const rules = ['--block-app', 'YOUTUBE', '--block-domain', 'example.org', '--allow-domain', 'i.ytimg.com'];
    const summary = await summaryOf(DEMO, out, ...rules, '--block-port', '22');
    const { stdout } = await runDpi(['analyze', '--json', DEMO, ...rules, '--block-port', '22']);
    const report = JSON.parse(String(stdout));
    expect(report.dropped_packets).toBe(summary.dropped_packets);
    expect(report.blocked_connections).toBe(summary.blocked_connections);
    expect(report.rules).toEqual(summary.rules);
    expect(summary.kept_packets + summary.dropped_packets).toBe(summary.total_packets);
    expect(summary.rules.decided.map(({ rule }: { rule: string }) => rule).sort()).toEqual([
      'app:YOUTUBE',
      'domain:example.org',
      'domain:i.ytimg.com',
      'port:22',
    ]);
  });

  it('writes nothing in a dry run, with or without an output', async () => {
    const summary = await summaryOf(DEMO, '--dry-run', '--block-app', 'YOUTUBE', '--mode', 'flow');
    expect(summary).toMatchObject({ dry_run: true, output: null, mode: 'flow', total_packets: 692 });
    expect(await summaryOf(DEMO, out, '--dry-run', '--block-app', 'YOUTUBE,TIKTOK')).toMatchObject({ output: out });
    expect(readdirSync(folder)).toEqual([]);
    expect((await filter(DEMO)).stderr).toContain('the output is missing');
  });

  it('keeps only what is asked for', async () => {
    const summary = await summaryOf(PCAPNG, out, '--keep-app', 'GOOGLE');
    expect(summary.mode).toBe('keep');
    expect(summary.rules.decided).toMatchObject([
      { rule: 'app:GOOGLE', action: 'keep', packets: summary.kept_packets },
    ]);
    expect(summary.kept_packets).toBeGreaterThan(0);
    const { stderr, exitCode } = await filter(DEMO, out, '--keep-app', 'GOOGLE', '--block-app', 'YOUTUBE');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--block-app cannot be used with --keep-…');
  });

  it('applies the stored rules, and says where they came from', async () => {
    const rules = join(folder, 'rules.json');
    await runDpi(['rules', 'add', 'youtube.com', '--rules-file', rules]);
    const summary = await summaryOf(DEMO, out, '--rules-file', rules);
    expect(summary.rules).toMatchObject({ store: rules, count: 1 });
    expect(summary.rules.decided).toMatchObject([{ rule: 'domain:youtube.com' }]);
    const alone = await summaryOf(DEMO, out, '--no-stored-rules', '--block-app', 'TIKTOK');
    expect(alone.rules).toMatchObject({ store: null, count: 1 });
    const missing = await filter(DEMO, out, '--rules-file', join(folder, 'none.json'));
    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining('there is no rules file')]);
  });

  it('says in one line what is wrong with an option', async () => {
    const wrong = await filter(DEMO, out, '--block-app', 'YOUTUBEE');
    expect([wrong.exitCode, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toBe("dpi: --block-app: no app is called 'YOUTUBEE'; did you mean YOUTUBE?\n");
    expect((await filter(DEMO, out, '--block-port', '99999')).stderr).toMatch(/^dpi: --block-port: .+\n$/);
    expect((await filter(DEMO, out, '--mode', 'flows')).stderr).toContain('inline, flow');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('compression', () => {
  it('follows the name of the output', async () => {
    const packed = join(folder, 'out.pcap.gz');
    expect(await summaryOf(DEMO, packed)).toMatchObject({ output_compression: 'gzip' });
    expect(zlib.gunzipSync(readFileSync(packed)).equals(demo)).toBe(true);
    const unpacked = join(folder, 'again.pcap');
    expect((await summaryOf(packed, unpacked)).input.compression).toBe('gzip');
    expect(readFileSync(unpacked).equals(demo)).toBe(true);
  });

  it.each(['out.pcap.zst', 'out.pcap.zstd'])('writes zstd with any Node (%s)', async (name) => {
    const packed = join(folder, name);
    expect(await summaryOf(DEMO, packed)).toMatchObject({ output_compression: 'zstd' });
    expect(readFileSync(packed).length).toBeLessThan(demo.length);
    expect((await summaryOf(packed, out)).input.compression).toBe('zstd');
    expect(readFileSync(out).equals(demo)).toBe(true);
  });
});

describe('files', () => {
  it('never writes over the input, by whatever name', async () => {
    const input = join(folder, 'in.pcap');
    writeFileSync(input, demo);
    symlinkSync('in.pcap', join(folder, 'symlink.pcap'));
    linkSync(input, join(folder, 'hardlink.pcap'));
    for (const name of [
      'in.pcap',
      'symlink.pcap',
      'hardlink.pcap',
      '../'.concat(folder.split('/').at(-1)!, '/in.pcap'),
    ]) {
      const { stderr, exitCode } = await filter(input, join(folder, name), '--block-app', 'YOUTUBE');
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^dpi: can't write .*: it is the same file as the input .*\n$/);
    }
    const throughStdin = await shell(`node bin/dpi.js filter - '${input}' < '${input}'`);
    expect(throughStdin).toMatchObject({ code: 2, stderr: expect.stringContaining('the same file as standard input') });
    const throughStdout = await shell(`node bin/dpi.js filter '${input}' - >> '${input}'`);
    expect(throughStdout).toMatchObject({ code: 2, stderr: expect.stringContaining('the same file as the input') });
    expect(readFileSync(input).equals(demo)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['hardlink.pcap', 'in.pcap', 'symlink.pcap']);
  });

  it('keeps the mode of what it replaces', async () => {
    writeFileSync(out, 'old', { mode: 0o640 });
    chmodSync(out, 0o640);
    await summaryOf(DEMO, out);
    expect(statSync(out).mode & 0o777).toBe(0o640);
    expect(readFileSync(out).equals(demo)).toBe(true);
  });

  it('fails with a sentence and leaves what was there', async () => {
    writeFileSync(out, 'old');
    mkdirSync(join(folder, 'sub'));
    const cases: [args: string[], message: RegExp][] = [
      [[join(folder, 'none.pcap'), out], /none\.pcap does not exist/],
      [[join(ROOT, 'package.json'), out], /package\.json/],
      [[DEMO, join(folder, 'sub')], /it is a directory/],
      [[DEMO, join(folder, 'none/out.pcap')], /its directory does not exist/],
      [[DEMO, join(out, 'x')], /a part of the path is not a directory/],
    ];
    for (const [args, message] of cases) {
      const { stdout, stderr, exitCode } = await filter(...args);
      expect([stdout, exitCode]).toEqual(['', 2]);
      expect(stderr).toMatch(message);
      expect(String(stderr).split('\n')).toHaveLength(2);
    }
    expect(readFileSync(out, 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['out.pcap', 'sub']);
  });

  it.skipIf(!existsSync('/dev/full'))('says that a disk is full', async () => {
    const { stderr, exitCode } = await filter(DEMO, '/dev/full');
    expect([stderr, exitCode]).toEqual(["dpi: can't write /dev/full: no space left on the device\n", 2]);
    const piped = await shell(`node bin/dpi.js filter '${DEMO}' - > /dev/full`);
    expect(piped).toMatchObject({ code: 2, stderr: "dpi: can't write standard output: no space left on the device\n" });
  });

  it('says that a file grew too long, and leaves the old one', async () => {
    writeFileSync(out, 'old');
    // As a disk that is full, but for a limit that needs no root: 512-byte blocks.
    const { code, stderr } = await shell(`ulimit -f 64; trap '' XFSZ; node bin/dpi.js filter '${DEMO}' '${out}'`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^dpi: can't write .*\n$/);
    expect(readFileSync(out, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['out.pcap']);
  });

  it.skipIf('createZstdCompress' in zlib)('says that zstd lacks address space, and leaves the old file', async () => {
    const packed = join(folder, 'out.pcap.zst');
    writeFileSync(packed, 'old');
    const { code, stderr } = await shell(`ulimit -v 4000000; node bin/dpi.js filter -q '${DEMO}' '${packed}'`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^dpi: can't pack as zstd .*\n$/);
    expect(readFileSync(packed, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['out.pcap.zst']);
  });

  it('filters what is readable of a damaged capture', async () => {
    const input = join(folder, 'cut.pcap');
    writeFileSync(input, demo.subarray(0, demo.length - 20));
    for (const mode of ['inline', 'flow']) {
      const { stdout, stderr, exitCode } = await filter(input, out, '--mode', mode, '--json');
      expect(exitCode).toBe(3);
      expect(stderr).toMatch(/^dpi: warning: .*cut\.pcap: it ends inside a packet record \(byte \d+, packet 692\)/);
      const { kept_packets: kept } = JSON.parse(String(stdout));
      expect(kept).toBe(691);
      expect(readCapture(readFileSync(out))).toMatchObject({ damage: null, packets: { length: kept } });
    }
  });
});

describe('killed', () => {
  const large = () => {
    const records = demo.subarray(24);
    const path = join(folder, 'large.pcap');
    writeFileSync(path, Buffer.concat([demo.subarray(0, 24), ...Array.from({ length: 400 }, () => records)]));
    return path;
  };

  it('leaves no output, and nothing at all after the next run', async () => {
    const input = large();
    const modes = ['inline', 'flow'];
    for (let n = 0; n < 20; n++) {
      const child = spawn('node', ['bin/dpi.js', 'filter', input, out, '--mode', modes[n % 2]!], {
        cwd: ROOT,
        env: { ...process.env, ...CLEAN_ENV },
        stdio: 'ignore',
      });
      const ended = new Promise((done) => child.once('exit', done));
      await new Promise((done) => setTimeout(done, 150 + n * 24));
      child.kill('SIGKILL');
      await ended;
      if (existsSync(out)) {
        // It was done before: then it is whole.
        expect(statSync(out).size).toBe(statSync(input).size);
        rmSync(out);
      }
    }
    await summaryOf(DEMO, out);
    expect(readdirSync(folder).sort()).toEqual(['large.pcap', 'out.pcap']);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s cleans up and exits with 130', async (signal) => {
    writeFileSync(out, 'old');
    const child = runDpi(['filter', '--mode', 'flow', '-', out], { input: undefined, stdin: 'pipe' });
    // More than a pipe holds: once it is written, the program reads.
    await new Promise((done) => child.stdin!.write(demo, done));
    child.kill(signal);
    const { exitCode, stderr } = await child;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('out.pcap was not written');
    expect(readFileSync(out, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['out.pcap']);
  });

  it('leaves the files of others alone', async () => {
    const here = processPlace();
    const dead = deadPid();
    const others = [
      `.out.pcap.${process.pid}-${here}.00c0ffee.dpi-tmp`,
      `.else.pcap.${dead}-${here}.00c0ffee.dpi-tmp`,
      '.out.pcap.tmp',
      // A process of another container or host, which may live; one of an older version does not say where it ran.
      `.out.pcap.${dead}-00000000.00c0ffee.dpi-tmp`,
      `.out.pcap.${dead}.00c0ffee.dpi-tmp`,
    ];
    const left = `.out.pcap.${dead}-${here}.00c0ffee.dpi-tmp`;
    const old = `.out.pcap.${dead}-00000000.01dc0ffe.dpi-tmp`;
    for (const name of [...others, left, old]) writeFileSync(join(folder, name), '');
    utimesSync(join(folder, old), 0, 0);
    await summaryOf(DEMO, out);
    expect(readdirSync(folder).sort()).toEqual([...others, 'out.pcap'].sort());
  });

  it('leaves a link to a file that does not exist a link', async () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync('real/target.pcap', out);
    await summaryOf(DEMO, out);
    expect(lstatSync(out).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'real/target.pcap')).equals(demo)).toBe(true);
    const lost = join(folder, 'lost.pcap');
    symlinkSync('nowhere/target.pcap', lost);
    expect((await filter(DEMO, lost)).exitCode).toBe(2);
    expect(lstatSync(lost).isSymbolicLink()).toBe(true);
  });
});

describe('streams', () => {
  it('filters standard input to standard output, the summary on stderr', async () => {
    const { stdout, stderr, code } = await shellBytes(`node bin/dpi.js filter - - < '${DEMO}'`);
    expect(code).toBe(0);
    expect(stdout.equals(demo)).toBe(true);
    expect(stderr).toContain('standard output');
    const quiet = await shellBytes(`cat '${DEMO}' | node bin/dpi.js filter -q - - --block-app YOUTUBE`);
    expect(quiet.stderr).toBe('');
    expect(readCapture(quiet.stdout).packets.length).toBeLessThan(692);
  });

  it('filters standard input by whole connections, and removes its copy', async () => {
    await summaryOf(DEMO, out, '--mode', 'flow', '--block-app', 'YOUTUBE');
    const expected = readFileSync(out);
    const packed = join(folder, 'in.gz');
    writeFileSync(packed, zlib.gzipSync(demo));
    for (const input of [DEMO, packed]) {
      const again = join(folder, 'again.pcap');
      const command = `cat '${input}' | node bin/dpi.js filter --mode flow --block-app YOUTUBE --json`;
      const { code, stdout } = await shell(`${command} - '${again}'`);
      expect(code).toBe(0);
      expect(JSON.parse(stdout).input.name).toBe('-');
      expect(readFileSync(again).equals(expected)).toBe(true);
      const streamed = await shellBytes(`${command} - -`);
      expect(streamed.stdout.equals(expected)).toBe(true);
    }
    expect(readdirSync(folder).sort()).toEqual(['again.pcap', 'in.gz', 'out.pcap']);
  });

  it('hands each packet on as it comes', async () => {
    const child = spawn('node', ['bin/dpi.js', 'filter', '-q', '-', '-', '--block-app', 'YOUTUBE'], {
      cwd: ROOT,
      env: { ...process.env, ...CLEAN_ENV },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let received = 0;
    let wake = () => {};
    child.stdout.on('data', (chunk: Buffer) => {
      received += chunk.length;
      wake();
    });
    const ended = new Promise((done) => child.once('close', done));
    const { packets } = readCapture(demo);
    child.stdin.write(demo.subarray(0, 24));
    let written = 24;
    for (const { raw } of packets.slice(0, 30)) {
      const record = Buffer.from(raw, 'hex');
      child.stdin.write(record);
      written += record.length;
      // None of the first thirty is dropped: each must come before the next is sent.
      while (received < written) {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
    }
    expect(received).toBe(written);
    child.stdin.end();
    await ended;
  });

  it('ends quietly when its reader goes away', async () => {
    const { stdout, stderr } = await shell(
      `(while cat '${DEMO}'; do :; done) 2>/dev/null | node bin/dpi.js filter - - | head -c 100 | wc -c; echo "\${PIPESTATUS[1]}"`,
    );
    expect(stdout).toBe('100\n0\n');
    expect(stderr).toBe('');
  });

  it('works behind tcpdump and before it', async () => {
    if (spawnSync('tcpdump', ['--version']).error !== undefined) return;
    const { stdout, code } = await shell(
      `tcpdump -U -r '${DEMO}' -w - 2>/dev/null | node bin/dpi.js filter -q - - --block-app YOUTUBE | tcpdump -n -r - 2>/dev/null | wc -l`,
    );
    const { kept_packets: kept } = await summaryOf(DEMO, '--dry-run', '--block-app', 'YOUTUBE');
    expect([code, Number(stdout)]).toEqual([0, kept]);
  });
});

function deadPid(): number {
  return spawnSync('true').pid;
}

async function shell(script: string): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const { stdout, ...rest } = await shellBytes(script);
  return { stdout: stdout.toString(), ...rest };
}

function shellBytes(script: string): Promise<{ stdout: Buffer; stderr: string; code: number | null }> {
  const child = spawn('bash', ['-c', script], {
    cwd: ROOT,
    env: { ...process.env, ...CLEAN_ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => chunks.push(data));
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  return new Promise((done) =>
    child.on('close', (code) => done({ stdout: Buffer.concat(chunks), stderr: stderr, code })),
  );
}
