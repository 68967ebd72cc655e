import { copyFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

const READING = "yield readFile(resolve(__dirname, './zstd.wasm'))";
const PARTS = JSON.stringify(resolve('src/system/parts.ts'));

/** An esbuild plugin: copies the WebAssembly of the zstd package to `file`, and has the package read it as a part. */
export function zstdPart(file: string): Plugin {
  const wasm = join(dirname(createRequire(import.meta.url).resolve('@bokuweb/zstd-wasm')), 'zstd.wasm');
  return {
    name: 'zstd-part',
    setup(build) {
      build.onLoad({ filter: /zstd-wasm.dist.common.index\.node\.js$/ }, ({ path }) => {
        const code = readFileSync(path, 'utf8');
        if (!code.includes(READING)) throw new Error(`${path} reads its WebAssembly in another way`);
        copyFileSync(wasm, file);
        return { contents: code.replace(READING, `require(${PARTS}).readPart('${file}')`), loader: 'js' };
      });
    },
  };
}
