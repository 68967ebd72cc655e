// Writes a single executable for this platform: this Node with the package's files inside, as assets under their paths
// (https://nodejs.org/docs/latest-v20.x/api/single-executable-applications.html). Run after `npm run build`. Usage:
// node scripts/build-binary.mjs [FILE], by default dist/dpi-<platform>-<architecture>.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { inject } from 'postject';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Marks the place in Node where postject notes that there is a program inside. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
/** Built, but not read by the program. */
const LEFT_OUT = /^dist\/(?:types\/|man\/|dpi-|index\.js$|.*\.map$)/;

const isMac = process.platform === 'darwin';
const suffix = process.platform === 'win32' ? '.exe' : '';
const target = resolve(process.argv[2] ?? join(ROOT, `dist/dpi-${process.platform}-${process.arch}${suffix}`));
const scratch = mkdtempSync(join(tmpdir(), 'dpi-binary-'));
try {
  await build();
} finally {
  rmSync(scratch, { recursive: true });
}

async function build() {
  const config = join(scratch, 'config.json');
  const blob = join(scratch, 'blob');
  const assets = { 'package.json': join(ROOT, 'package.json'), 'bin/thread.js': bundled('bin/thread.js') };
  for (const path of [...filesIn('dist'), ...filesIn('schema')]) assets[path] = join(ROOT, path);
  const main = bundled('bin/dpi.js');
  writeFileSync(config, JSON.stringify({ main, output: blob, assets, disableExperimentalSEAWarning: true }));
  execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  copyFileSync(process.execPath, target);
  chmodSync(target, 0o755);
  if (isMac) execFileSync('codesign', ['--remove-signature', target]);
  await inject(target, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: FUSE, machoSegmentName: 'NODE_SEA' });
  if (isMac) execFileSync('codesign', ['--sign', '-', target]);
}

/** A program of bin/ as one script: within an executable, `require` finds modules of Node alone. */
function bundled(path) {
  const outfile = join(scratch, path);
  buildSync({ entryPoints: [join(ROOT, path)], outfile, bundle: true, platform: 'node', logLevel: 'warning' });
  return outfile;
}

function filesIn(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length).replaceAll('\\', '/'))
    .filter((path) => !LEFT_OUT.test(path));
}
