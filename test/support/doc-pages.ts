import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type ServeProcess, startServe } from '../server/serve-process.js';
import { CLEAN_ENV } from './run-cli.js';

const ROOT = resolve(import.meta.dirname, '../..');
/** The addresses that pages show; the workshop puts its own in their place. */
const SERVER_URL = 'http://127.0.0.1:8000';
const REDIS_URL = 'redis://127.0.0.1:6379';
const FENCE = /(?:<!-- (file|not run): (.+?) -->\n)?```(\w*)\n([\s\S]*?)```/g;

/** A fenced block of a page. `mark` comes from the comment before it: `<!-- file: NAME -->`, `<!-- not run: WHY -->`. */
export interface DocBlock {
  readonly language: string;
  readonly text: string;
  readonly mark: 'file' | 'not run' | null;
  /** File name or reason. */
  readonly note: string;
}

/** A command of a session with the output that the page shows for it. */
export interface SessionStep {
  readonly command: string;
  readonly shown: string;
}

export interface ShellResult {
  readonly status: number;
  /** Standard output and standard error, as on a terminal. */
  readonly output: string;
}

/** README.md and all pages of docs/, as paths from the repository's root. Decision records have no commands. */
export function docPages(): string[] {
  const docs = readdirSync(resolve(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => `docs/${name}`)];
}

export function readPage(page: string): string {
  return readFileSync(resolve(ROOT, page), 'utf8');
}

export function writePage(page: string, text: string): void {
  writeFileSync(resolve(ROOT, page), text);
}

export function blocksOf(text: string): DocBlock[] {
  return [...text.matchAll(FENCE)].map(([, mark, note, language, body]) => ({
    language: language!,
    text: body!,
    mark: (mark as DocBlock['mark'] | undefined) ?? null,
    note: note ?? '',
  }));
}

/** Splits a `console` block: a line that begins with `$ ` is a command, the lines after it are its output. */
export function stepsOf(session: string): SessionStep[] {
  return session
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const lineEnd = text.indexOf('\n');
      return { command: text.slice(0, lineEnd), shown: text.slice(lineEnd + 1) };
    });
}

/** Replaces the run time of a report, which differs from run to run. */
function withoutTime(output: string): string {
  return output.replace(/^( (?:Read|Filtered) .* in ).*$/gm, '$1… ms.');
}

export interface WorkshopOptions {
  /** The program that `dpi` stands for, and its first arguments; the one in dist/ unless given. */
  readonly program?: readonly string[];
  /** Runs commands without network, where the system lets a process leave it. */
  readonly isOffline?: boolean;
}

/** A folder in which the commands of one page run, in order, with the programs and files that pages expect. */
export class DocWorkshop {
  private readonly folder = mkdtempSync(join(tmpdir(), 'dpi-docs-'));
  private readonly bin = join(this.folder, '.bin');
  private server: ServeProcess | null = null;
  private redis: ChildProcess | null = null;
  private redisUrl = '';

  private readonly shell: readonly string[];

  constructor({ program = [process.execPath, join(ROOT, 'bin/dpi.js')], isOffline = false }: WorkshopOptions = {}) {
    this.shell =
      isOffline && spawnSync('unshare', ['-rn', 'true']).status === 0 ? ['unshare', '-rn', 'bash'] : ['bash'];
    const sample = join(ROOT, 'samples/demo.pcap');
    for (const name of ['samples', 'schema', 'README.md']) symlinkSync(join(ROOT, name), join(this.folder, name));
    mkdirSync(join(this.folder, 'node_modules'));
    symlinkSync(ROOT, join(this.folder, 'node_modules/dpi'));
    copyFileSync(sample, join(this.folder, 'capture.pcap'));
    copyFileSync(sample, join(this.folder, 'ring_0001.pcap'));
    writeFileSync(join(this.folder, 'ring_0002.pcap.gz'), gzipSync(readFileSync(sample)));
    writeFileSync(join(this.folder, 'hosts.txt'), '# ads\n0.0.0.0 ads.example.com\n0.0.0.0 track.example.net\n');
    mkdirSync(this.bin);
    this.program('dpi', `dpi=(${program.map((word) => JSON.stringify(word)).join(' ')})${DPI}`);
    for (const tool of ['tcpdump', 'dumpcap']) this.program(tool, CAPTURE_TOOL);
    this.program('less', 'cat');
  }

  /** Writes the files that a page shows and starts the servers whose addresses it shows. */
  async prepare(text: string): Promise<void> {
    for (const { mark, note, text: content } of blocksOf(text)) {
      if (mark === 'file') writeFileSync(join(this.folder, note), content);
    }
    if (text.includes(SERVER_URL)) this.server ??= await startServe(['--rules-file', join(this.folder, 'served.json')]);
    if (!text.includes(REDIS_URL) || this.redis !== null) return;
    const port = await freePort();
    const redis = spawn('redis-server', ['--port', String(port), '--save', '', '--dir', this.folder]);
    this.redis = redis;
    this.redisUrl = `redis://127.0.0.1:${port}`;
    await new Promise<void>((resolveReady, reject) => {
      redis.once('error', reject);
      redis.stdout.on('data', (log: Buffer) => log.includes('Ready to accept connections') && resolveReady());
    });
  }

  /** Runs a script; it ends at the first command that fails. */
  run(script: string): ShellResult {
    const own = script.replaceAll(SERVER_URL, this.server?.url ?? SERVER_URL).replaceAll(REDIS_URL, this.redisUrl);
    const { NODE_EXTRA_CA_CERTS: _ca, ...inherited } = process.env;
    const env = {
      ...inherited,
      ...CLEAN_ENV,
      PATH: `${this.bin}:${process.env.PATH}`,
      XDG_CONFIG_HOME: join(this.folder, '.config'),
      COLUMNS: '100',
      TZ: 'UTC',
    };
    try {
      const [command, ...args] = [...this.shell, '--norc', '--noprofile', '-eo', 'pipefail', '-c', `exec 2>&1\n${own}`];
      const output = execFileSync(command!, args, {
        cwd: this.folder,
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return { status: 0, output: this.portable(output) };
    } catch (error) {
      const { status, stdout } = error as { status: number | null; stdout: string };
      return { status: status ?? -1, output: this.portable(stdout) };
    }
  }

  async close(): Promise<void> {
    await this.server?.stop();
    this.redis?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private program(name: string, script: string): void {
    writeFileSync(join(this.bin, name), `#!/usr/bin/env bash\n${script}\n`, { mode: 0o755 });
  }

  /** Output as a user sees it: shown addresses, the user's own configuration folder, no carriage returns of HTTP. */
  private portable(output: string): string {
    return withoutTime(output)
      .replaceAll('\r', '')
      .replaceAll(this.server?.url ?? SERVER_URL, SERVER_URL)
      .replaceAll(this.redisUrl || REDIS_URL, REDIS_URL)
      .replaceAll(join(this.folder, '.config'), '~/.config')
      .replaceAll(`${this.folder}/`, '');
  }
}

/** `dpi serve` starts on a free port and is stopped as soon as it listens. */
const DPI = `
[ "$1" = serve ] || exec "\${dpi[@]}" "$@"
coproc "\${dpi[@]}" "$@" --port 0 2>&1
pid=$COPROC_PID
while read -r line; do
  echo "$line"
  case "$line" in *"listening on"*) kill -TERM "$pid" ;; esac
done <&"\${COPROC[0]}"
wait "$pid"`;

/** Stands in for tcpdump and dumpcap: lists one interface, reads captures, and "captures" the demo. */
const CAPTURE_TOOL = `
case "$*" in
  *-D*) echo "1.eth0 [Up, Running]" ;;
  *"-r -"*) cat > /dev/null ;;
  *"-w -"*) cat ${JSON.stringify(join(ROOT, 'samples/demo.pcap'))} ;;
esac`;

function freePort(): Promise<number> {
  return new Promise((resolvePort) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolvePort(port));
    });
  });
}

/** The programs that pages use and that are not installed. */
export function missingTools(): string[] {
  const folders = (process.env.PATH ?? '').split(':');
  return ['jq', 'curl', 'redis-server', 'parallel'].filter(
    (tool) => !folders.some((folder) => existsSync(join(folder, tool))),
  );
}

/** Whether pages can't be run here. In CI they must. */
export function lacksTools(): boolean {
  return missingTools().length > 0 && process.env.CI === undefined;
}
