/**
 * Writes `<name>.expected.json` beside every sample: what `dpi analyze --json` says of it now. Read the difference
 * before committing it. `npx tsx samples/update-expected.ts [PART OF NAME...]`, after `npm run build`.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.slice(2);
let failures = 0;

for (const folder of ['samples', 'samples/generated']) {
  for (const name of readdirSync(`${ROOT}/${folder}`).sort()) {
    if (!/\.(pcap|pcapng)(\.gz)?$/.test(name)) continue;
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    update(`${folder}/${name}`);
  }
}
if (failures > 0) process.exitCode = 1;

function update(sample: string): void {
  // Whoever runs this may have rules stored; the expected reports know none.
  const { NODE_EXTRA_CA_CERTS: _ca, DPI_RULES_FILE: _file, DPI_REDIS_URL: _redis, ...env } = process.env;
  const run = spawnSync(process.execPath, ['bin/dpi.js', 'analyze', '--json', sample], {
    cwd: ROOT,
    env: { ...env, XDG_CONFIG_HOME: `${ROOT}/samples/no-such-folder` },
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  // 3: the input is damaged, as file-cut-off.pcap is; the report is whole all the same.
  if (run.status !== 0 && run.status !== 3) {
    failures++;
    process.stderr.write(`${sample}: exit code ${run.status}\n${run.stderr}`);
    return;
  }
  writeFileSync(
    `${ROOT}/${sample.replace(/\.(pcap|pcapng)(\.gz)?$/, (ending) => `${ending}.expected.json`)}`,
    run.stdout,
  );
  process.stdout.write(`${sample}\n`);
}
