/** The single executable: does what the README shows, and what reads other files of the package, without network. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocWorkshop, lacksTools } from './support/doc-pages.js';
import { expectReadme } from './support/readme-commands.js';
import { CLEAN_ENV, ensureBuilt } from './support/run-cli.js';

const BUILD_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), 'dpi-binary-'));
const binary = join(folder, 'dpi');

beforeAll(async () => {
  await ensureBuilt();
  const script = resolve(import.meta.dirname, '../scripts/build-binary.mjs');
  await execa(process.execPath, [script, binary], { env: CLEAN_ENV });
}, BUILD_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(lacksTools())('the single executable', () => {
  it('does what the README shows', () => expectReadme([binary]));

  it.each([
    // Threads for two units, and the bundles for runs and Parquet.
    [
      'dpi batch run -q -j 2 samples/demo.pcap samples/curl-*.pcap -o run >/dev/null; jq .units.failed run/report.json',
      '0\n',
    ],
    ['dpi analyze -q --parquet set samples/demo.pcap >/dev/null && ls set', /connections/],
    [
      'dpi filter -q samples/demo.pcap out.pcap.zst >/dev/null; dpi analyze --json out.pcap.zst | jq .total_packets',
      '692\n',
    ],
    ['dpi schema report | jq -r .type', 'object\n'],
    ['dpi rules add -q example.com --redis redis://127.0.0.1:1 || echo "exit code $?"', /127\.0\.0\.1:1\b.*exit code/s],
    ['DPI_DEBUG=1 dpi analyze missing.pcap || echo "exit code $?"', /missing\.pcap does not exist\n.*exit code 2/s],
    ['dpi --version', /^\d+\.\d+\.\d+\n$/],
  ])('does %s', async (script, expected) => {
    expect(await outputOf(script)).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  });

  it('serves the API, its pages, and uploads that a thread analyzes', async () => {
    const output = await outputOf(`
      ip link set lo up || true
      ${binary} serve --port 0 --rules-file served.json 2> log &
      until grep -qs listening log; do sleep 0.1; done
      url=$(grep -o 'http://127[^,]*' log | head -1)
      curl -sSf --data-binary @capture.pcap "$url/analyze" | jq .total_packets
      curl -sSf "$url/rules" | jq -c .rules
      for path in / /docs /docs/static/swagger-ui-bundle.js; do curl -sSf -o page -w '%{content_type}\n' "$url$path"; done
      kill %1`);
    expect(output.replace(/^.*RTNETLINK.*\n/, '').split('\n')).toEqual([
      '692',
      '[]',
      'text/html; charset=utf-8',
      'text/html; charset=utf-8',
      'text/javascript; charset=utf-8',
      '',
    ]);
  });
});

/** What a script prints that runs the executable as `dpi` in a folder of its own. */
async function outputOf(script: string): Promise<string> {
  const workshop = new DocWorkshop({ program: [binary], isOffline: true });
  try {
    return workshop.run(script).output;
  } finally {
    await workshop.close();
  }
}
