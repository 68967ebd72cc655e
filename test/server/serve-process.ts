import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CLEAN_ENV } from '../support/run-cli.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A `dpi serve` of its own, on a free port. */
export interface ServeProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** What it wrote on standard error so far. */
  stderr(): string;
  /** The answer to a request of `method`, with its JSON where it is JSON. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests look into it by key.
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests are about
  readonly json: any;
}

/**
 * Starts the built program with `args`; resolves when it listens. Rejects with its standard error when it ends instead.
 */
export async function startServe(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ServeProcess> {
  const child = spawn(process.execPath, [`${ROOT}/bin/dpi.js`, 'serve', '--port', '0', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...CLEAN_ENV, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8');
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (text: string) => {
      stderr += text;
      const found = /listening on (http:\/\/\S+?),/.exec(stderr);
      if (found !== null) resolve(found[1]!);
    });
    child.once('exit', () => reject(new Error(stderr)));
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  return { url, process: child, stderr: () => stderr, ask: (...args) => ask(url, ...args), stop };
}

async function ask(url: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
}
