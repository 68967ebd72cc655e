import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../support/run-cli.js';
import { fakeTool, LiveProcess, ROOT } from './live-process.js';

const DEMO = join(ROOT, 'samples/demo.pcap');
const ENTER = '\x1b[?1049h';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
let folder = '';
const folders: string[] = [];

beforeAll(ensureBuilt);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-tool-'));
  folders.push(folder);
});
afterAll(() => {
  for (const one of folders) rmSync(one, { recursive: true });
});

/** A dumpcap that hands on the demo and then says nothing more until it is asked to end. */
const PATIENT = `
trap 'echo "Packets received/dropped on interface x: 692/8 (pcap:8/dumpcap:0)" >&2; exit 0' INT
echo "Capturing on 'x'" >&2; echo 'File: -' >&2
cat '${DEMO}'
while :; do sleep 0.05; done`;

describe('a capture tool at work', () => {
  it('is asked to end, and what it lost is told', async () => {
    const PATH = fakeTool(folder, 'dumpcap', PATIENT);
    const live = new LiveProcess(['x0', '--ndjson', '--duration', '2s'], { PATH });
    expect((await live.ended).code).toBe(0);
    const summary = live.events.at(-1)!;
    expect(live.events[0]).toMatchObject({ type: 'start', interface: 'x0', tool: 'dumpcap' });
    expect(summary).toMatchObject({ type: 'summary', total_packets: 692, lost_packets: 8 });
    expect(live.stderr).toContain('dumpcap lost 8 packets (1.1%)');
  });

  it('gets the filter, the length and the interface as they were given', async () => {
    const PATH = fakeTool(folder, 'dumpcap', `printf '%s\\n' "$@" > '${folder}/args'; cat '${DEMO}'`);
    const live = new LiveProcess(['x0', '--filter', 'tcp port 443', '--snaplen', '512', '--quiet'], { PATH });
    expect((await live.ended).code).toBe(0);
    const args = readFileSync(join(folder, 'args'), 'utf8').split('\n');
    expect(args).toEqual(['-q', '-P', '-w', '-', '-B', '32', '-i', 'x0', '-s', '512', '-f', 'tcp port 443', '']);
  });

  it('that dies takes nothing with it: the report covers what came, exit code 3', async () => {
    const PATH = fakeTool(folder, 'dumpcap', `cat '${DEMO}'; echo 'dumpcap: the interface went away.' >&2; kill -9 $$`);
    const live = new LiveProcess(['x0'], { PATH });
    expect((await live.ended).code).toBe(3);
    expect(live.stdout).toContain('692 packets');
    expect(live.stderr).toContain('dumpcap ended by itself (SIGKILL): the interface went away; the report covers');
  });

  it('without the right to capture gives way to the other one', async () => {
    fakeTool(
      folder,
      'dumpcap',
      'echo "dumpcap: You do not have permission to capture on device \\"x0\\"." >&2; exit 1',
    );
    const PATH = fakeTool(folder, 'tcpdump', `echo 'tcpdump: listening on x0' >&2; cat '${DEMO}'`);
    const live = new LiveProcess(['x0', '--ndjson'], { PATH });
    expect((await live.ended).code).toBe(0);
    expect(live.events[0]).toMatchObject({ tool: 'tcpdump' });
  });

  it('is told of in one sentence when it can not begin, and nothing is printed', async () => {
    const failing =
      'case "$1" in -D) echo "1. eth7"; exit 0;; esac; echo "dumpcap: There is no device named \\"x0\\"." >&2; exit 1';
    const PATH = fakeTool(folder, 'dumpcap', failing);
    const live = new LiveProcess(['x0', '--tool', 'dumpcap'], { PATH });
    expect((await live.ended).code).toBe(2);
    expect(live.stderr).toBe("dpi: there is no interface 'x0'; the interfaces are eth7\n");
    expect(live.stdout).toBe('');
  });

  it('that does not end when asked is killed', async () => {
    const stubborn = `trap '' INT; echo $$ > '${folder}/pid'; cat '${DEMO}'; while :; do sleep 0.05; done`;
    const PATH = fakeTool(folder, 'dumpcap', stubborn);
    const live = new LiveProcess(['x0', '--duration', '500ms', '--quiet'], { PATH });
    expect((await live.ended).code).toBe(0);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow();
  });
});

const hasScript = spawnSync('script', ['--version']).status === 0;
if (!hasScript) console.log('skipped: script(1) is not installed, so the terminal is not tried');

describe.skipIf(!hasScript && process.env.CI === undefined)('on a terminal', () => {
  /** Runs dpi live in a pseudo-terminal of 70 columns; `before` is shell that comes first, `env` what dpi gets. */
  function onTerminal(args: string, tool = PATIENT, env: Record<string, string> = {}): LiveProcess {
    const PATH = fakeTool(folder, 'dumpcap', tool);
    const inner = join(folder, 'inner.sh');
    writeFileSync(
      inner,
      `stty cols 70 rows 24; A=$(stty -g)\n'${process.execPath}' '${ROOT}/bin/dpi.js' live x0 ${args}\n` +
        `echo "code $?"; [ "$A" = "$(stty -g)" ] && echo terminal-as-before\n`,
    );
    const terminal = { PATH, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env };
    return new LiveProcess([], terminal, ['script', '-qec', `sh ${inner}`, '/dev/null']);
  }

  /** Everything after the table. */
  const after = (live: LiveProcess) => live.stdout.slice(live.stdout.lastIndexOf(LEAVE));

  async function shown(live: LiveProcess): Promise<void> {
    await live.until(() => live.stdout.includes(ENTER) && live.stdout.includes('692 packets'));
  }

  it.each([
    ['q', 'q', 'code 0'],
    ['Ctrl-C', '\x03', 'code 130'],
  ])('%s ends it: the table goes, the report stays', async (_name, key, code) => {
    const live = onTerminal('--block-app YOUTUBE');
    await shown(live);
    expect(live.stdout).toContain('app:YOUTUBE');
    live.child.stdin!.write(key);
    await live.until(() => live.stdout.includes('terminal-as-before'));
    await live.ended;
    expect(after(live)).toContain(code);
    expect(after(live)).toContain('connections');
    expect(after(live)).toContain('dumpcap lost 8 packets');
  });

  it('s sorts by the sum so far', async () => {
    const live = onTerminal('');
    await shown(live);
    live.child.stdin!.write('s');
    await live.until(() => live.stdout.includes('most bytes first'));
    live.child.stdin!.write('q');
    await live.ended;
  });

  it('a tool that dies or talks never garbles it', async () => {
    const on = (step: string) => `until [ -e '${folder}/${step}' ]; do sleep 0.05; done`;
    const noisy = `cat '${DEMO}'; ${on('talk')}; echo 'dumpcap: garbage all over' >&2; ${on('die')}; kill -9 $$`;
    const live = onTerminal('', noisy);
    await shown(live);
    writeFileSync(join(folder, 'talk'), '');
    // The table is drawn again, some times, after that.
    const drawnLen = live.stdout.length;
    await live.until(() => live.stdout.length > drawnLen + 500);
    writeFileSync(join(folder, 'die'), '');
    await live.until(() => live.stdout.includes('terminal-as-before'));
    await live.ended;
    const table = live.stdout.slice(live.stdout.indexOf(ENTER), live.stdout.lastIndexOf(LEAVE));
    expect(table).not.toContain('garbage');
    expect(after(live)).toContain('code 3');
    expect(after(live)).toContain('garbage all over');
  });

  it('a defect gives the terminal back and is told below', async () => {
    const NODE_OPTIONS = '--import data:text/javascript,setTimeout(()=>{throw(new(Error)("boom"))},3000).unref()';
    const live = onTerminal('', PATIENT, { NODE_OPTIONS });
    await shown(live);
    await live.until(() => live.stdout.includes('terminal-as-before'));
    await live.ended;
    expect(after(live)).toContain('internal error: boom');
    expect(after(live)).toContain('code 2');
  });

  it('draws no table on a dumb terminal', async () => {
    const live = onTerminal('--duration 1s', PATIENT, { TERM: 'dumb' });
    await live.until(() => live.stdout.includes('code '));
    await live.ended;
    expect(live.stdout).not.toContain(ENTER);
    expect(live.stdout).toContain('Connection ');
  });
});
