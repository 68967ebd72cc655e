import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CLEAN_ENV } from '../../support/run-cli.js';
import { until } from '../../support/until.js';

export const ROOT = resolve(import.meta.dirname, '../../..');

const DPI_LIVE = [process.execPath, join(ROOT, 'bin/dpi.js'), 'live'];

/** A `dpi live` at work (or another `command`): what it printed so far, and how it ended. */
export class LiveProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor(args: readonly string[], env: Record<string, string> = {}, command: readonly string[] = DPI_LIVE) {
    this.child = spawn(command[0]!, [...command.slice(1), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...CLEAN_ENV, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = this.stderr + text;
    });
    this.child.stdin!.on('error', () => {});
    this.ended = new Promise((done) => {
      this.child.on('close', (code, signal) => done({ code, signal }));
    });
  }

  /** The objects printed so far. */
  get events(): Record<string, unknown>[] {
    const lines = this.stdout.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Resolves once `condition` holds; rejects with what was printed when it does not. */
  until(condition: () => boolean, patienceMs?: number): Promise<void> {
    return until(condition, () => `output; stdout: ${this.stdout}\nstderr: ${this.stderr}`, patienceMs);
  }
}

/**
 * Puts a program called `name` into `folder` that behaves as the shell script says, and returns a PATH that finds it
 * first.
 */
export function fakeTool(folder: string, name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return `${folder}:${process.env.PATH}`;
}
