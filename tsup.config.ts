import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';
import { defineConfig, type Options } from 'tsup';

// Not by `clean`, with which each of the builds would take away what the other has written. The declarations in
// dist/types are made by tsc, before npm runs `prepare` a second time while packing.
for (const name of existsSync('dist') ? readdirSync('dist') : []) {
  if (name !== 'types') rmSync(`dist/${name}`, { recursive: true });
}

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

/** Packages that few starts need, and that share nothing with the rest: beside the script, so that V8 need not see them. */
const APART = ['zod', 'ioredis'];
const WITH_PACKAGES_APART: Plugin = {
  name: 'with-packages-apart',
  setup(build) {
    const filter = new RegExp(`^(${APART.join('|')})$`);
    build.onResolve({ filter }, ({ path }) => ({ path: `./${path}.cjs`, external: true }));
  },
};

export default defineConfig([
  {
    ...COMMON,
    entry: { index: 'src/index.ts', 'upload-worker': 'src/server/upload-worker.ts' },
    format: 'esm',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  },
  {
    ...COMMON,
    entry: Object.fromEntries(APART.map((name) => [name, createRequire(import.meta.url).resolve(name)])),
    format: 'cjs',
  },
  {
    ...COMMON,
    // One script, which V8 can have compiled beforehand (docs/decisions/0014).
    entry: { cli: 'src/cli/main.ts' },
    format: 'cjs',
    shims: true,
    esbuildPlugins: [WITHOUT_SUBPROCESSES, WITH_PACKAGES_APART],
    onSuccess: async () => runScript('scripts/write-code-cache.mjs'),
  },
]);

/** Ends the build where the script fails. What it prints on standard output is nobody's concern. */
function runScript(script: string): void {
  const { status } = spawnSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(1);
}
