/** The built program against inputs and outputs that fail, stall, or change while they are read. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLEAN_ENV, ensureBuilt, runDpi } from '../support/run-cli.js';
import { until } from '../support/until.js';

const ROOT = resolve(import.meta.dirname, '../..');
const DEMO = join(ROOT, 'samples/demo.pcap');
const NO_RULES = '--no-stored-rules';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-faults-'));
  await ensureBuilt();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Running {
  readonly done: Promise<{ stdout: string; stderr: string; code: number | null }>;
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
}

function start(...args: string[]): Running {
  return startInto('pipe', ...args);
}

function startInto(stdout: 'pipe' | number, ...args: string[]): Running {
  const child = spawn(process.execPath, [join(ROOT, 'bin/dpi.js'), ...args], {
    env: { ...process.env, ...CLEAN_ENV },
    stdio: ['ignore', stdout, 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data) => {
    text.stdout += data;
  });
  child.stderr?.on('data', (data) => {
    text.stderr += data;
  });
  const done = once(child, 'close').then(([code]) => ({ ...text, code }));
  return { done, pid: child.pid!, kill: (signal) => child.kill(signal) };
}

function fifo(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

/** Resolves once a thread of the process is in open(2), which waits at a FIFO until the other end is opened too. */
function untilOpening({ pid }: Running): Promise<void> {
  const waits = () =>
    readdirSync(`/proc/${pid}/task`).some((task) => {
      try {
        return readFileSync(`/proc/${pid}/task/${task}/wchan`, 'latin1').includes('wait_for_partner');
      } catch {
        return false;
      }
    });
  // Where the system does not show it: long enough for the start.
  return until(waits, 'a thread that opens the FIFO', 1500).catch(() => {});
}

describe('a FIFO as output', () => {
  const COMMANDS: [what: string, args: (path: string) => string[]][] = [
    ['filter', (path) => ['filter', NO_RULES, DEMO, path]],
    ['filter by connections', (path) => ['filter', NO_RULES, '--mode', 'flow', DEMO, path]],
    ['analyze', (path) => ['analyze', '--json', NO_RULES, '-o', path, DEMO]],
    ['explain', (path) => ['analyze', '--explain', '#1', NO_RULES, '-o', path, DEMO]],
  ];
  const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  /** Resolves once the process handles signals itself: they are in its mask of caught ones. */
  const untilCatches = ({ pid }: Running) =>
    until(() => {
      const caught = /^SigCgt:\s*([\da-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]!;
      return (BigInt(`0x${caught}`) & 0x4003n) === 0x4003n;
    }, 'a handler of signals');

  it.each(COMMANDS.flatMap((command) => SIGNALS.map((signal) => [...command, signal] as const)))(
    'that has no reader lets %s end on a signal',
    async (what, args, signal) => {
      const run = start(...args(fifo(`out-${what.replaceAll(' ', '-')}-${signal}`)));
      await untilCatches(run);
      run.kill(signal);
      const { stderr, code } = await run.done;
      expect([code, stderr]).toEqual([130, expect.stringMatching(/was not\s+written/)]);
    },
  );

  it.each(COMMANDS.slice(0, 2))('that has a reader who reads nothing lets %s end', async (what, args) => {
    const path = fifo(`deaf-${what.replaceAll(' ', '-')}`);
    const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const run = start(...args(path));
    const first = Buffer.alloc(1);
    // Something was written, and more than a FIFO holds is to come.
    await until(
      () =>
        reader.read(first, 0, 1, null).then(
          ({ bytesRead }) => bytesRead === 1,
          () => false,
        ),
      'a byte',
    );
    run.kill('SIGTERM');
    expect((await run.done).code).toBe(130);
    await reader.close();
  });

  it.each(COMMANDS)('gets all of %s once it has a reader', async (what, args) => {
    const path = fifo(`late-${what.replaceAll(' ', '-')}`);
    const run = start(...args(path));
    await untilCatches(run);
    const got = execFileSync('cat', [path], { maxBuffer: 1 << 28 });
    const { code } = await run.done;
    expect(code).toBe(0);
    const file = join(folder, 'same-as-fifo');
    await runDpi(args(file));
    expect(got.equals(readFileSync(file))).toBe(true);
  });
});

describe('a FIFO that stalls', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('is reported as far as it was read on %s', async (signal) => {
    const path = fifo(`stalls-${signal}`);
    const run = start('analyze', '--json', NO_RULES, path);
    // For both, so that opening waits for nobody.
    const writer = await open(path, 'r+');
    // More than a FIFO holds: what is written is read, but for the last 64 KiB.
    await writer.write(readFileSync(DEMO).subarray(0, 200_000));
    run.kill(signal);
    const { stdout, stderr, code } = await run.done;
    await writer.close();
    expect(code).toBe(130);
    const report = JSON.parse(stdout);
    expect(report.total_packets).toBeGreaterThan(20);
    expect(report.connections).toHaveLength(report.total_connections);
    expect(report.warnings).toContain('interrupted: the report covers what was read so far');
    expect(stderr).toContain('interrupted');
  });

  it('that nobody writes to can be interrupted', async () => {
    const run = start('analyze', '--json', NO_RULES, fifo('silent'));
    await untilOpening(run);
    run.kill('SIGINT');
    expect((await run.done).code).toBe(130);
  });

  it.each(['--rules-file', '--apps'])('that nobody writes %s to ends with the second interrupt', async (option) => {
    const run = start('analyze', '--json', option, fifo(`silent${option}`), DEMO);
    await untilOpening(run);
    run.kill('SIGINT');
    // Two that wait to be delivered would count as one.
    await until(() => /^ShdPnd:\s*0+$/m.test(readFileSync(`/proc/${run.pid}/status`, 'latin1')), 'the delivery');
    run.kill('SIGINT');
    expect((await run.done).code).toBe(130);
  });

  it('hands rules and apps over as it gets them', async () => {
    const rules = fifo('rules');
    const apps = fifo('apps');
    const run = start('analyze', '--json', '--rules-file', rules, '--apps', apps, DEMO);
    const write = async (path: string, ...pieces: string[]): Promise<void> => {
      const writer = await open(path, 'w');
      for (const piece of pieces) {
        await writer.write(piece);
        await pause(50);
      }
      await writer.close();
    };
    await Promise.all([
      write(apps, '{"apps": [{"name": "MINE", ', '"domains": ["example.org"]}]}'),
      write(
        rules,
        '{"schema_version": 1, "version": 1, "rules": [{"type": "app", ',
        '"action": "block", "value": "MINE"}]}',
      ),
    ]);
    const { stdout, stderr, code } = await run.done;
    expect([code, stderr]).toEqual([0, '']);
    const mine = JSON.parse(stdout).connections.filter(({ app }: { app: string }) => app === 'MINE');
    expect(mine.length).toBeGreaterThan(0);
    expect(mine.every(({ blocked_by }: { blocked_by: string }) => blocked_by === 'app:MINE')).toBe(true);
  });

  it('loses nothing by its pauses', async () => {
    const path = fifo('slow');
    const run = start('analyze', '--json', NO_RULES, path);
    const bytes = readFileSync(DEMO);
    // On the thread pool: it waits for the reader.
    const writer = await open(path, 'w');
    for (let at = 0; at < bytes.length; at += 50_001) {
      await writer.write(bytes.subarray(at, at + 50_001));
      await pause(20);
    }
    await writer.close();
    const { stdout, code } = await run.done;
    expect(code).toBe(0);
    const { inputs: _piped, ...fromPipe } = JSON.parse(stdout);
    const { inputs: _file, ...fromFile } = JSON.parse(
      String((await runDpi(['analyze', '--json', NO_RULES, DEMO])).stdout),
    );
    expect(fromPipe).toEqual(fromFile);
  });
});

describe('inputs that can not be read', () => {
  it('says that a directory is one', async () => {
    const { stderr, exitCode, stdout } = await runDpi(['analyze', folder]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      `dpi: ${folder} is a directory, not a capture; name the captures in it, as in ${folder}/*.pcap\n`,
    );
  });

  it('says that a socket can not be opened', async () => {
    const path = join(folder, 'socket');
    const server = createServer().listen(path);
    await once(server, 'listening');
    const { stderr, exitCode } = await runDpi(['analyze', path]);
    server.close();
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^dpi: .*socket can't be opened: ENXIO/);
  });

  it.skipIf(!existsSync('/proc/self/mem'))('names the file when reading fails (EIO)', async () => {
    const { stderr, exitCode, stdout } = await runDpi(['analyze', '--json', '/proc/self/mem']);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toBe("dpi: /proc/self/mem can't be read: EIO: i/o error\n");
  });

  it('says where a capture ends that is cut off, and reports the rest', async () => {
    const path = join(folder, 'cut.pcap');
    writeFileSync(path, readFileSync(DEMO).subarray(0, 100_000));
    const { stdout, stderr, exitCode } = await runDpi(['analyze', '--json', NO_RULES, path]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^dpi: warning: .*cut\.pcap: it ends inside a packet record \(byte \d+, packet \d+\)/);
    expect(JSON.parse(String(stdout)).total_packets).toBeGreaterThan(50);
  });
});

describe('outputs that fail', () => {
  it.skipIf(!existsSync('/dev/full')).each(['--json', '--ndjson', '--csv', '--all'])(
    'says that the disk is full, with %s',
    async (flag) => {
      const fd = openSync('/dev/full', 'w');
      const { stderr, code } = await startInto(fd, 'analyze', flag, NO_RULES, DEMO).done;
      closeSync(fd);
      expect(code).toBe(2);
      expect(stderr).toBe("dpi: can't write standard output: no space left on the device\n");
    },
  );

  it('ends quietly when the reader goes away', async () => {
    const command = `'${process.execPath}' bin/dpi.js analyze --ndjson ${NO_RULES} samples/demo.pcap | head -1; echo "\${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', command], { cwd: ROOT, env: { ...process.env, ...CLEAN_ENV } });
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
    });
    child.stderr.on('data', (data) => {
      text += data;
    });
    await once(child, 'close');
    expect(text.trimEnd().split('\n')).toEqual([expect.stringMatching(/^\{/), '0']);
  });
});

describe('a gzip bomb', () => {
  const FILE_HEADER = Buffer.from('d4c3b2a1020004000000000000000000ffff0f0001000000', 'hex');
  const RECORD_LEN = 1 << 18;

  it.skipIf(process.platform !== 'linux')('of 2 GB is read through in bounded memory', async () => {
    const record = Buffer.alloc(16 + RECORD_LEN);
    record.writeUInt32LE(1, 0);
    record.writeUInt32LE(RECORD_LEN, 8);
    record.writeUInt32LE(RECORD_LEN, 12);
    // Members follow one another: 256 times 32 records make it, in 2 MB.
    const member = gzipSync(Buffer.concat(Array<Buffer>(32).fill(record)));
    const path = join(folder, 'bomb.gz');
    writeFileSync(path, Buffer.concat([gzipSync(FILE_HEADER), ...Array<Buffer>(256).fill(member)]));
    const child = spawn(process.execPath, [join(ROOT, 'bin/dpi.js'), 'analyze', '--json', NO_RULES, path], {
      env: { ...process.env, ...CLEAN_ENV },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    let peakKib = 0;
    const timer = setInterval(() => {
      const status = existsSync(`/proc/${child.pid}/status`) ? readFileSync(`/proc/${child.pid}/status`, 'utf8') : '';
      peakKib = Math.max(peakKib, Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0));
    }, 20);
    const [code] = await once(child, 'close');
    clearInterval(timer);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ total_packets: 8192, total_bytes: 2 ** 31 });
    expect(peakKib).toBeGreaterThan(30_000);
    expect(peakKib).toBeLessThan(300_000);
  });

  it('in place of a capture is refused by its first bytes', async () => {
    const path = join(folder, 'zeros.gz');
    const member = gzipSync(Buffer.alloc(1 << 25));
    writeFileSync(path, Buffer.concat(Array<Buffer>(64).fill(member)));
    const { stderr, exitCode } = await runDpi(['analyze', NO_RULES, path]);
    expect([exitCode, stderr]).toEqual([
      2,
      `dpi: ${path} is no pcap or pcapng capture: it looks like gzip data that holds a run of zero bytes\n`,
    ]);
  });
});

describe('limits', () => {
  it('are set by options, and the report says which were reached', async () => {
    const args = ['analyze', '--json', NO_RULES, '--max-connections', '8', '--max-names', '4', '--max-domains', '2'];
    const { stdout, stderr, exitCode } = await runDpi([...args, DEMO]);
    expect(exitCode).toBe(0);
    const report = JSON.parse(String(stdout));
    expect(report.limits.connections_ended_early).toBeGreaterThan(0);
    expect(report.limits.domains_not_listed).toBeGreaterThan(0);
    expect(report.domains_detected).toHaveLength(2);
    expect(report.connections).toHaveLength(report.total_connections);
    expect(stderr).toMatch(/^dpi: warning: limit reached: \d+ connections were evicted.*\(--max-connections\)$/m);
  });

  it('take whole numbers within reason', async () => {
    for (const value of ['0', '-1', '1.5', 'many', '99999999999']) {
      const { stderr, exitCode } = await runDpi(['analyze', '--max-connections', value, DEMO]);
      expect([value, exitCode]).toEqual([value, 2]);
      expect(stderr).toContain('--max-connections takes a whole number from 1 to 16777216');
    }
  });
});
