import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

/** The highest quality below those that take seconds. */
const QUALITY = 9;
/** What src/server/routes/docs.ts serves. */
const FILES = ['index.css', 'swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** Puts the files of Swagger UI, compressed with Brotli, into `folder`. */
export function copySwaggerUi(folder: string): void {
  const from = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json')), 'static');
  mkdirSync(folder, { recursive: true });
  for (const name of FILES) {
    const options = { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } };
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(readFileSync(join(from, name)), options));
  }
}
