import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { defineConfig, type Options } from 'tsup';
import { buildPage } from './scripts/build-page.js';
import { copySwaggerUi } from './scripts/copy-swagger-ui.js';
import { withLicenses } from './scripts/third-party-licenses.js';
import { zstdPart } from './scripts/zstd-part.js';

// Not tsup's `clean`: each build would delete what the others have written.
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
runScript('scripts/build-wasm.mjs');
const licenses = withLicenses('dist/third-party-licenses.txt', 'scripts/licenses', [
  'node_modules/@fastify/swagger-ui',
]);
// Read by `dpi analyze --html` alone, so that it costs no other start.
copySwaggerUi('dist/swagger-ui');
await buildPage('dist/page.html', [licenses]);

/** Modules that the command line loads when they are used, as bundles of their own: they bring large packages. */
const APART = {
  'batch-queue': 'src/usecases/batch/queued-run.ts',
  batch: 'src/usecases/batch/batch.ts',
  redis: 'src/adapters/stores/redis-client.ts',
  'data-set': 'src/adapters/parquet/data-set-writer.ts',
  'server-packages': 'src/server/packages.ts',
  zstd: 'src/adapters/outputs/zstd-package.ts',
};

/** Leaves these modules out of the other bundles. */
const loadApart: Plugin = {
  name: 'load-apart',
  setup(build) {
    const names = new Map(Object.entries(APART).map(([name, source]) => [resolve(source), name]));
    build.onResolve({ filter: /^\..*\.js$/ }, ({ path, resolveDir }) => {
      const name = names.get(resolve(resolveDir, path).replace(/\.js$/, '.ts'));
      return name === undefined ? undefined : { path: `./${name}.cjs`, external: true };
    });
  },
};

/** Leaves out what bullmq has besides its queue on Redis, half of it. Its package does not say that this is allowed. */
const leanBullmq: Plugin = {
  name: 'lean-bullmq',
  setup(build) {
    const path = resolve('node_modules/bullmq/dist/esm/index.js');
    build.onResolve({ filter: /^bullmq$/ }, () => ({ path, sideEffects: false }));
    // For those who give it an address; it gets connections here.
    build.onResolve({ filter: /^ioredis$/ }, ({ importer }) =>
      importer.includes('bullmq') ? { path: './redis.cjs', external: true } : undefined,
    );
  },
};

const COMMON: Options = {
  target: 'node20',
  platform: 'node',
  // Keep the `node:` of imports.
  removeNodeProtocol: false,
  splitting: false,
  // Bundle every package.
  noExternal: [/./],
  esbuildPlugins: [licenses, zstdPart('dist/zstd.wasm'), loadApart, leanBullmq],
  esbuildOptions(options) {
    // Inlines constants across modules, which the packet loop needs (docs/decisions/0001).
    options.minifySyntax = true;
    options.minifyWhitespace = true;
    // Lines that a stack trace can name and a terminal can show.
    options.lineLimit = 160;
    // third-party-licenses.txt holds them.
    options.legalComments = 'none';
    options.sourcesContent = false;
    // `await import()` becomes a `require` on first use: a script compiled by node:vm can't import.
    options.supported = { 'dynamic-import': false };
  },
};

export default defineConfig([
  {
    ...COMMON,
    entry: APART,
    format: 'cjs',
    shims: true,
    minify: true,
  },
  {
    ...COMMON,
    // The command line is one script, which V8 compiles at build time (docs/decisions/0014). Threads run it, too: Node 20
    // may abort when a thread ends while it links ES modules.
    entry: { cli: 'src/program.ts' },
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
      runScript('scripts/thin-map.mjs', 'dist/cli.cjs.map');
      runScript('scripts/write-code-cache.mjs');
      runScript('scripts/write-library.mjs', 'dist/index.js');
      runScript('--import=tsx', 'scripts/write-man-pages.ts', 'dist/man');
    },
  },
]);

/** Runs a script with Node, silently, and fails the build if it fails. */
function runScript(...args: string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(1);
}
