import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../support/run-cli.js';
import { type ServeProcess, startServe } from './serve-process.js';

const README = readFileSync('README.md', 'utf8');
const SESSION = /<!-- served -->\n```text\n([\s\S]*?)```/.exec(README)![1]!;
const COMMANDS = SESSION.split(/^\$ /m)
  .slice(1)
  .map((text) => {
    const lineEnd = text.indexOf('\n');
    return [text.slice(0, lineEnd), text.slice(lineEnd + 1)] as const;
  });

const lacking = ['curl', 'jq'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
if (lacking.length > 0)
  console.log(`skipped: ${lacking.join(' and ')} not installed, so the README's requests are not made`);

let folder: string;
let server: ServeProcess;

describe.skipIf(lacking.length > 0 && process.env.CI === undefined)("the README's requests", () => {
  beforeAll(async () => {
    await ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'dpi-readme-'));
    server = await startServe(['--rules-file', join(folder, 'rules.json')]);
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(COMMANDS)('get what it shows: %s', (command, shown) => {
    const line = command.replaceAll('http://127.0.0.1:8000', server.url).replaceAll('/tmp/', `${folder}/`);
    const printed = execFileSync('bash', ['--norc', '--noprofile', '-eo', 'pipefail', '-c', line], {
      encoding: 'utf8',
    });
    expect(printed.replaceAll('\r', '')).toBe(shown);
  });
});
