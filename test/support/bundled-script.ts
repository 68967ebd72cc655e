import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Path of a script that does what the TypeScript at `source` does, to be run by Node alone: starting it costs a fifth of
 * what tsx takes, which compiles each module in each process. Lies in a folder of its own, which the caller removes.
 */
export async function bundledScript(source: URL): Promise<string> {
  const entry = fileURLToPath(source);
  const folder = mkdtempSync(join(tmpdir(), 'dpi-script-'));
  const outfile = join(folder, `${basename(entry, '.ts')}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // For what the bundled packages require.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}
