// Compiles wasm/initial-cipher.ts and writes it as a TypeScript module in base64, because the core reads no files. Each
// build runs this.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET = 'src/core/inspect/quic/initial-cipher.wasm.ts';
// 128 KiB of memory, for a datagram of 64 KiB and the tables.
const OPTIONS = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '2'];

let binary;
const { error, stderr } = await asc.main(['wasm/initial-cipher.ts', '--outFile', 'out.wasm', ...OPTIONS], {
  readFile: (name) => read(`${ROOT}/${name}`),
  writeFile: (_name, contents) => {
    binary = contents;
  },
  listFiles: () => [],
});
if (error) {
  console.error(stderr.toString());
  throw error;
}

const text = `// Made from wasm/initial-cipher.ts by scripts/build-wasm.mjs.
export const INITIAL_CIPHER_WASM =
  '${Buffer.from(binary).toString('base64')}';
`;
// An unchanged file keeps its time stamp: tests rebuild dist/ when a source is newer.
if (read(`${ROOT}/${TARGET}`) !== text) writeFileSync(`${ROOT}/${TARGET}`, text);

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
