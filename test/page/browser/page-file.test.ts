/** The page as the build wrote it: its size, its policy, and the demo's report that is made of it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { DATA_PLACE, pageTemplate } from '../../../src/render/html/page-template.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';

const ROOT = resolve(import.meta.dirname, '../../..');
/** Bytes of the page without data, compressed as for a mail or a web server. */
const MAX_LEN = 90_000;
const DATA = /<script type="text\/plain" id="data">([A-Za-z0-9+/=]*)<\/script>/;

beforeAll(() => ensureBuilt());

describe('the page without data', () => {
  it('is small', () => {
    const { head, tail } = pageTemplate();
    expect(gzipSync(head + tail, { level: 9 }).length).toBeLessThan(MAX_LEN);
  });

  it('allows its own script and style by their hashes, and nothing else', () => {
    const { head, tail } = pageTemplate();
    const text = head + DATA_PLACE + tail;
    const hashOf = (body: string) => `'sha256-${createHash('sha256').update(body).digest('base64')}'`;
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)!;
    const [, script] = /<script>([\s\S]*)<\/script>/.exec(text)!;
    const [, style] = /<style>([\s\S]*)<\/style>/.exec(text)!;
    expect(policy).toBe(
      `default-src 'none'; script-src ${hashOf(script!)}; style-src ${hashOf(style!)}; base-uri 'none'; form-action 'none'`,
    );
    expect(text.match(/<script/g)).toHaveLength(1);
  });

  it('names no other place but those of XML', () => {
    const { tail } = pageTemplate();
    const addresses = tail.slice(0, tail.indexOf('</script>')).match(/https?:\/\/[\w./-]+/g) ?? [];
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
  });

  it('comes with the licences of what is in it', () => {
    const { tail } = pageTemplate();
    for (const name of ['preact', 'd3-hierarchy']) expect(tail).toContain(`${name} `);
  });
});

describe('docs/demo-report.html', () => {
  const dataOf = (html: string) => JSON.parse(gunzipSync(Buffer.from(DATA.exec(html)![1]!, 'base64')).toString());

  it('is current (npx tsup --silent && npx tsx scripts/update-demo-report.ts)', async () => {
    const options = ['--no-stored-rules', '--no-config', '-q', '--html', 'samples/demo.pcap'];
    const current = String((await runDpi(['analyze', ...options])).stdout);
    const committed = readFileSync(resolve(ROOT, 'docs/demo-report.html'), 'utf8');
    expect(dataOf(committed)).toEqual(dataOf(current));
    // Another zlib may compress otherwise.
    expect(committed.replace(DATA, '')).toBe(current.replace(DATA, ''));
  });
});

it('is the same each time', async () => {
  const run = async () => (await runDpi(['analyze', '--no-stored-rules', '--html', 'samples/demo.pcap'])).stdout;
  expect(await run()).toBe(await run());
});
