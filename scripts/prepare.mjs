// Builds dist/ after an install, unless the build tools are absent (npm ci --omit=dev).
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

try {
  createRequire(import.meta.url).resolve('tsup/package.json');
} catch {
  console.log('prepare: tsup is not installed; dist/ is not built');
  process.exit(0);
}
// `prepack` has built it.
if (['pack', 'publish'].includes(process.env.npm_command)) process.exit(0);
console.log('prepare: building dist/');
process.exit(spawnSync('tsup --silent', { stdio: 'inherit', shell: true }).status ?? 1);
