import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { defineConfig, type Options } from 'tsup';
import { withLicenses } from './scripts/third-party-licenses.js';

const nodeRequire = createRequire(import.meta.url);

// Not by `clean`, with which each of the builds would take away what the other has written. The declarations in
// dist/types are made by tsc, before npm runs `prepare` a second time while packing.
for (const name of existsSync('dist') ? readdirSync('dist') : []) {
  if (name !== 'types') rmSync(`dist/${name}`, { recursive: true });
}

mkdirSync('dist', { recursive: true });
// Read from beside the file that its code is bundled into.
copyFileSync(join(dirname(nodeRequire.resolve('@bokuweb/zstd-wasm')), 'zstd.wasm'), 'dist/zstd.wasm');

runScript('scripts/build-wasm.mjs');

const COMMON: Options = {
  target: 'node20',
  platform: 'node',
  removeNodeProtocol: false,
  dts: false,
  // One bundle: imports between our own hot modules must not stay module bindings (docs/decisions/0001).
  // The packages of the server stay outside: they find workers and pages beside their own files.
  noExternal: [/^(?!(?:@fastify\/|fastify|prom-client|piscina))/],
  esbuildOptions(options) {
    options.minifySyntax = true;
    options.legalComments = 'none';
    // No comments, which are not ASCII, but lines of a length that a stack trace can name and a terminal can show.
    options.charset = 'ascii';
    options.minifyWhitespace = true;
    options.lineLimit = 160;
  },
};

/** Commander loads what it needs for commands that are programs of their own: 4 ms of each start, and we have none. */
const WITHOUT_SUBPROCESSES: Plugin = {
  name: 'without-subprocesses',
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: 'nothing', namespace: 'nothing' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: '' }));
  },
};

/**
 * Packages that few starts need, and that share nothing with the rest: beside the script, so that V8 need not see them.
 */
const APART = ['zod', 'ioredis', 'tldts'];
const WITH_PACKAGES_APART: Plugin = {
  name: 'with-packages-apart',
  setup(build) {
    const filter = new RegExp(`^(${APART.join('|')})$`);
    build.onResolve({ filter }, ({ path }) => ({ path: `./${path}.cjs`, external: true }));
  },
};

/**
 * Modules of Node that a report needs nothing or little of, and that take it a millisecond or several to load: an
 * import of them does nothing before one of its names is used.
 */
const LAZY = ['crypto', 'fs/promises', 'net', 'os', 'timers/promises', 'tty', 'zlib'];
/** Names in use that the Node which builds may lack, and the one that runs have. */
const NEWER: Readonly<Record<string, readonly string[]>> = { 'node:zlib': ['createZstdCompress'] };
const WITH_LAZY_MODULES: Plugin = {
  name: 'with-lazy-modules',
  setup(build) {
    const filter = new RegExp(`^(node:)?(${LAZY.join('|')})$`);
    build.onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'lazy'
        ? { path, external: true }
        : { path: path.replace(/^(?!node:)/, 'node:'), namespace: 'lazy' },
    );
    build.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => {
      const exported = new Set([...Object.keys(nodeRequire(path)), ...(NEWER[path] ?? [])]);
      const getters = [...exported].map((name) => `get ${name}() { return load().${name}; },`);
      // Getters that are inherited: esbuild gives each importing module an object of its own, with a copy of what a
      // module has itself and the same prototype.
      const inherited = `Object.create({ ${getters.join('\n')} })`;
      return { contents: `const load = () => require('${path}');\nmodule.exports = ${inherited};` };
    });
  },
};

/** The app tables as texts to parse: V8 makes ten thousand strings faster of JSON than of its code cache. */
const WITH_UNPARSED_APPS: Plugin = {
  name: 'with-unparsed-apps',
  setup(build) {
    build.onLoad({ filter: /[\\/]data[\\/]apps[\\/].*\.json$/ }, ({ path }) => ({
      contents: `export default JSON.parse(${JSON.stringify(minified(readFileSync(path, 'utf8')))});`,
    }));
  },
};

function minified(json: string): string {
  return JSON.stringify(JSON.parse(json));
}

const WITH_LICENSES = withLicenses('dist/third-party-licenses.txt', 'scripts/licenses');

/** Of the function that Node puts around a module. */
const PARAMETERS = 'exports, require, module, __filename, __dirname';

export default defineConfig([
  {
    ...COMMON,
    entry: { index: 'src/index.ts' },
    format: 'esm',
    esbuildPlugins: [WITH_LICENSES],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  },
  {
    ...COMMON,
    entry: Object.fromEntries(APART.map((name) => [name, nodeRequire.resolve(name)])),
    format: 'cjs',
    esbuildPlugins: [WITH_LICENSES],
  },
  {
    ...COMMON,
    // What threads run is no ES module: ending a thread while Node 20 links one can abort the process.
    entry: { 'flow-worker': 'src/usecases/analyze/reader-worker.ts', 'upload-worker': 'src/server/upload-worker.ts' },
    format: 'cjs',
    shims: true,
    esbuildPlugins: [WITH_PACKAGES_APART, WITH_LAZY_MODULES, WITH_UNPARSED_APPS, WITH_LICENSES],
  },
  {
    ...COMMON,
    // One script, which V8 can have compiled beforehand (docs/decisions/0014), and a function already: what is put
    // around a text of this size costs a copy of it.
    entry: { cli: 'src/cli/main.ts' },
    format: 'cjs',
    // Short names of its own: a third less to read, and to remember of what is compiled. DPI_DEBUG tells them by the
    // map.
    sourcemap: true,
    esbuildOptions(options, context) {
      COMMON.esbuildOptions!(options, context);
      options.minifyIdentifiers = true;
      options.sourcesContent = false;
    },
    banner: { js: `(typeof module === 'object' ? module : {}).exports = function (${PARAMETERS}) {` },
    footer: { js: '};' },
    shims: true,
    esbuildPlugins: [WITHOUT_SUBPROCESSES, WITH_PACKAGES_APART, WITH_LAZY_MODULES, WITH_UNPARSED_APPS, WITH_LICENSES],
    onSuccess: async () => runScript('scripts/write-code-cache.mjs'),
  },
]);

/** Ends the build where the script fails. What it prints on standard output is nobody's concern. */
function runScript(script: string): void {
  const { status } = spawnSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(1);
}
