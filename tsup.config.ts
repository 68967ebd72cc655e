import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { defineConfig, type Options } from 'tsup';
import { buildPage } from './scripts/build-page.js';
import { withLicenses } from './scripts/third-party-licenses.js';

// Not tsup's `clean`: each build would delete what the others have written. dist/types is kept, because npm builds once
// more while packing, after tsc has written it.
for (const name of existsSync('dist') ? readdirSync('dist') : []) {
  if (name !== 'types') rmSync(`dist/${name}`, { recursive: true });
}
mkdirSync('dist', { recursive: true });
// @bokuweb/zstd-wasm reads it from beside the bundle.
const zstdWasm = createRequire(import.meta.url).resolve('@bokuweb/zstd-wasm');
copyFileSync(join(dirname(zstdWasm), 'zstd.wasm'), 'dist/zstd.wasm');
runScript('scripts/build-wasm.mjs');
const licenses = withLicenses('dist/third-party-licenses.txt', 'scripts/licenses');
// Read by `dpi analyze --html` alone, so that it costs no other start.
await buildPage('dist/page.html', [licenses]);

/** Modules that the command line loads when they are used, as bundles of their own: they bring large packages. */
const APART = {
  'batch-queue': 'src/usecases/batch/queued-run.ts',
  batch: 'src/usecases/batch/batch.ts',
  'data-set': 'src/usecases/data-set/data-set.ts',
};

/** Leaves these modules out of the other bundles. */
const loadApart: Plugin = {
  name: 'load-apart',
  setup(build) {
    for (const [name, source] of Object.entries(APART)) {
      const module = source.replace(/^src|\.ts$/g, '');
      build.onResolve({ filter: new RegExp(`${module}\\.js$`) }, () => ({ path: `./${name}.cjs`, external: true }));
    }
  },
};

const COMMON: Options = {
  target: 'node20',
  platform: 'node',
  // Keep the `node:` of imports.
  removeNodeProtocol: false,
  splitting: false,
  // Bundle every package but the server's, which find workers and pages beside their own files.
  noExternal: [/^(?!(?:@fastify\/|fastify|prom-client|piscina))/],
  esbuildPlugins: [licenses, loadApart],
  esbuildOptions(options, { format }) {
    // Inlines constants across modules, which the packet loop needs (docs/decisions/0001).
    options.minifySyntax = true;
    options.minifyWhitespace = true;
    // Lines that a stack trace can name and a terminal can show.
    options.lineLimit = 160;
    // third-party-licenses.txt holds them.
    options.legalComments = 'none';
    options.sourcesContent = false;
    // In CommonJS `await import()` becomes a `require` on first use: a script compiled by node:vm can't import.
    options.supported = { 'dynamic-import': format === 'esm' };
  },
};

export default defineConfig([
  {
    ...COMMON,
    entry: { index: 'src/index.ts' },
    format: 'esm',
    // CommonJS packages in the bundle call `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  },
  {
    ...COMMON,
    // A worker thread runs CommonJS: Node 20 may abort when a thread ends while it links ES modules.
    entry: { 'batch-worker': 'src/usecases/batch/unit-worker.ts', 'upload-worker': 'src/server/upload-worker.ts' },
    format: 'cjs',
    shims: true,
  },
  {
    ...COMMON,
    entry: APART,
    format: 'cjs',
    shims: true,
    minify: true,
  },
  {
    ...COMMON,
    // The command line is one script, which V8 compiles at build time (docs/decisions/0014).
    entry: { cli: 'src/cli/main.ts' },
    format: 'cjs',
    shims: true,
    // Short names start faster. With DPI_DEBUG, the map turns stack traces back into names and lines of src/.
    minify: true,
    sourcemap: true,
    // A function already, as `require` makes of a module: to wrap a text of this size costs a copy of it.
    banner: {
      js: '(typeof module === "object" ? module : {}).exports = function (exports, require, module, __filename, __dirname) {',
    },
    footer: { js: '};' },
    onSuccess: async () => {
      runScript('scripts/write-code-cache.mjs');
      runScript('--import=tsx', 'scripts/write-man-pages.ts', 'dist/man');
    },
  },
]);

/** Runs a script with Node, silently, and fails the build if it fails. */
function runScript(...args: string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(1);
}
