/** The program on real terminals: what a screen shows after a command, as text. */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.js';

const ROOT = resolve(import.meta.dirname, '../..');
const PROMPT = '$ ';
const PROMPT_WAITS = /(^|\n)\$$/;
const PAGER_WAITS = /\n(:|\(END\))$/;
const ENDED = 'ended';
const PCAP_HEADER_LEN = 24;
/** In the middle of a record of the sample. */
const CUT_LEN = 100_000;

/** A command on a terminal of a size. */
export interface Recording {
  /** Of the file that holds what the screen shows. */
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
  /** With colours, as escape sequences. */
  readonly colours?: true;
  /** It is longer than the screen. */
  readonly paged?: true;
}

const DEMO = 'dpi analyze demo.pcap';
const BLOCKED = 'dpi analyze --block-app YOUTUBE --block-domain github.com --block-port 22 demo.pcap';
const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
] as const;

function sized(columns: number, rows: number) {
  return (name: string, command: string, rest: Pick<Recording, 'env' | 'colours' | 'paged'> = {}): Recording => ({
    name: `${name}-${columns}x${rows}`,
    columns,
    rows,
    command,
    ...rest,
  });
}

const small = sized(80, 24);

/** All that test/cli/recordings holds. */
export const RECORDINGS: readonly Recording[] = [
  ...SIZES.flatMap(([columns, rows]) => {
    const at = sized(columns, rows);
    return [
      at('demo', DEMO, { env: { NO_COLOR: '1' } }),
      at('rules', BLOCKED),
      at('damaged', 'dpi analyze cut.pcap'),
      at('hosts', 'dpi analyze --view hosts --top 15 demo.pcap'),
      at('piped', `${DEMO} 2>/dev/null | grep -i tiktok`),
    ];
  }),
  small('dark', DEMO, { colours: true, env: { COLORFGBG: '15;0' } }),
  small('light', DEMO, { colours: true, env: { COLORFGBG: '0;15' } }),
  small('dumb', DEMO, { env: { TERM: 'dumb' } }),
  small('ascii', DEMO, { env: { LC_ALL: 'C' } }),
  small('empty', 'dpi analyze empty.pcap'),
  small('explained', 'dpi analyze --explain 39 demo.pcap', { paged: true }),
  small(
    'mistakes',
    "dpi analyze --where 'bytes >> 3' demo.pcap; dpi analyze --app YOTUBE demo.pcap; dpi analyze no.pcap",
  ),
];

/** A folder with captures, and a tmux of its own. */
export class Recorder {
  private readonly folder = mkdtempSync(join(tmpdir(), 'dpi-screen-'));
  private readonly socket = `dpi-${process.pid}`;
  private isRunning = false;
  private readonly env = {
    PATH: `${this.folder}:${process.env.PATH}`,
    HOME: this.folder,
    XDG_CONFIG_HOME: join(this.folder, 'none'),
    LANG: 'C.UTF-8',
    TERM: 'screen-256color',
  };

  constructor() {
    const demo = readFileSync(join(ROOT, 'samples/demo.pcap'));
    copyFileSync(join(ROOT, 'samples/demo.pcap'), join(this.folder, 'demo.pcap'));
    writeFileSync(join(this.folder, 'cut.pcap'), demo.subarray(0, CUT_LEN));
    writeFileSync(join(this.folder, 'empty.pcap'), demo.subarray(0, PCAP_HEADER_LEN));
    const program = join(this.folder, 'dpi');
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${ROOT}/bin/dpi.js' "$@"\n`);
    chmodSync(program, 0o755);
  }

  /** The screen once the command has ended and the prompt is there, or a pager waits. */
  async record({ columns, rows, command, env = {}, colours, paged }: Recording): Promise<string> {
    const size = ['-x', String(columns), '-y', String(rows)];
    const setup = Object.entries(env).map(([name, value]) => `export ${name}='${value}'; `);
    const script = `${setup.join('')}${command}; printf '${PROMPT}'; ${this.tell(ENDED)}; exec sleep 1000`;
    // The server ends with its last session, and a new one may meet the end of the old one.
    if (!this.isRunning) await this.tmux('new-session', '-d', '-s', 'keep', 'exec sleep 100000');
    this.isRunning = true;
    await this.tmux('new-session', '-d', '-s', 'x', ...size, script);
    try {
      if (paged !== true) await this.tmux('wait-for', ENDED);
      const end = paged === true ? PAGER_WAITS : PROMPT_WAITS;
      await until(async () => end.test(await this.screen()), `the end of ${command}`);
      return steady(await this.screen(colours === true ? ['-e'] : []));
    } finally {
      await this.tmux('kill-session', '-t', 'x');
    }
  }

  close(): void {
    try {
      execFileSync('tmux', ['-L', this.socket, 'kill-server'], { stdio: 'ignore' });
    } catch {
      // It ends with its last session.
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private tell(channel: string): string {
    return `tmux -L ${this.socket} wait-for -S ${channel}`;
  }

  private async screen(options: readonly string[] = []): Promise<string> {
    return (await this.tmux('capture-pane', '-p', ...options, '-t', 'x')).trimEnd();
  }

  private async tmux(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('tmux', ['-u', '-L', this.socket, '-f', '/dev/null', ...args], {
      cwd: this.folder,
      env: this.env,
    });
    return stdout;
  }
}

/** Without what differs from run to run. */
function steady(screen: string): string {
  return `${screen.replace(/^(.*Read [\d,]+ packets in ).*$/m, '$1… ms.')}\n`;
}
