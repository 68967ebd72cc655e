import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { cli: 'src/cli/main.ts', index: 'src/index.ts', 'upload-worker': 'src/server/upload-worker.ts' },
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  splitting: true,
  // The declarations in dist/types are made by tsc, before npm runs `prepare` a second time while packing.
  clean: ['!types/**'],
  dts: false,
  // One bundle: imports between our own hot modules must not stay module bindings (docs/decisions/0001).
  // The packages of the server stay outside: they find workers and pages beside their own files.
  noExternal: [/^(?!(?:@fastify\/|fastify|prom-client|piscina))/],
  esbuildOptions(options) {
    options.minifySyntax = true;
    options.legalComments = 'none';
  },
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
