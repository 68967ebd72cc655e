import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const README = readFileSync(resolve(ROOT, 'README.md'), 'utf8');

const { NODE_EXTRA_CA_CERTS: _ca, DPI_RULES_FILE: _file, DPI_REDIS_URL: _redis, ...environment } = process.env;

/** Runs a line of shell with `dpi` standing for this checkout's program and no rules stored. */
function shell(line: string): { status: number | null; stdout: string; stderr: string } {
  const script = `dpi() { "${process.execPath}" "${ROOT}/bin/dpi.js" "$@"; }\n${line}`;
  const env = { ...environment, XDG_CONFIG_HOME: resolve(ROOT, 'no-such-folder') };
  return spawnSync('bash', ['--norc', '--noprofile', '-eo', 'pipefail', '-c', script], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  });
}

const outputs = [...README.matchAll(/<!-- output: (.+) -->\n```text\n([\s\S]*?)```/g)].map(
  (m) => [m[1]!, m[2]!] as const,
);

/** The run time is all that differs from run to run. */
function withoutTime(text: string): string {
  return text.replace(/^ Read .*\n/m, '').trimEnd();
}

describe('README', () => {
  it.each(outputs)('shows what "%s" prints', (command, shown) => {
    expect(withoutTime(shown)).toBe(withoutTime(shell(command).stdout));
  });

  const recipes = README.match(/<!-- recipes -->\n```sh\n([\s\S]*?)```/)![1]!;
  const hasJq = spawnSync('jq', ['--version']).status === 0;
  if (!hasJq) console.log('skipped: jq is not installed, so the recipes are not run');
  it.skipIf(!hasJq && process.env.CI === undefined).each(recipes.split('\n').filter((line) => line.startsWith('dpi ')))(
    'has a recipe that works: %s',
    (line) => {
      const { status, stdout, stderr } = shell(line);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(stdout).not.toBe('');
    },
  );
});
