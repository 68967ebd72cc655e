import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa, type Options } from 'execa';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILT = fileURLToPath(new URL(`../../dist/cli.${process.versions.v8}.code-cache`, import.meta.url));

/** The environment of a process under test: nothing of the developer's terminal, and no slow certificate loading. */
export const CLEAN_ENV = {
  NODE_EXTRA_CA_CERTS: undefined,
  NODE_OPTIONS: undefined,
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
  COLUMNS: undefined,
  DPI_DEBUG: undefined,
  DPI_RULES_FILE: undefined,
  DPI_REDIS_URL: undefined,
  XDG_CONFIG_HOME: '/nonexistent',
};

/** Runs the command line with the fixture engine (`fixture-cli.ts`); never rejects. */
export function runFixtureCli(args: readonly string[], options: Options = {}) {
  return run(['--import', 'tsx', `${ROOT}/test/support/fixture-cli.ts`, ...args], options);
}

/** Runs the built program; never rejects. */
export function runDpi(args: readonly string[], options: Options = {}) {
  return run([`${ROOT}/bin/dpi.js`, ...args], options);
}

/** Builds `dist/` if a source is newer: `npm test` has done so, a single test run in between has not. */
export async function ensureBuilt(): Promise<void> {
  const built = statSync(BUILT, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(`${ROOT}/src`, { recursive: true, withFileTypes: true });
  const isStale = sources.some(
    (entry) => entry.isFile() && statSync(`${entry.parentPath}/${entry.name}`).mtimeMs > built,
  );
  if (isStale) await execa('npx', ['tsup', '--silent'], { cwd: ROOT });
}

function run(args: readonly string[], options: Options) {
  return execa(process.execPath, args, {
    cwd: ROOT,
    reject: false,
    stripFinalNewline: false,
    stdin: 'ignore',
    ...options,
    env: { ...CLEAN_ENV, ...options.env },
  });
}
