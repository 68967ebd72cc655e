/** The pages of `dpi diff --html` and `dpi diff --join --html`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JoinReport } from '../../../src/core/diff/join-model.js';
import { DIFF_SECTIONS, type ReportDiff } from '../../../src/core/diff/model.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';
import { axeViolations } from './axe.js';
import { chromiumPath, openPage, rowsOf, startBrowser } from './chromium.js';

const hasChromium = chromiumPath() !== null;
const A = 'samples/demo.pcap';
const B = 'samples/curl-tls12.pcap';
const OPTIONS = ['--no-stored-rules', '-q'];

describe('the pages of diff', () => {
  let folder: string;
  let browser: Browser | null = null;
  let diff: ReportDiff;
  let joined: JoinReport;
  const files = { diff: '', join: '', clean: '' };
  beforeAll(async () => {
    await ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'dpi-diff-page-'));
    for (const name of Object.keys(files) as (keyof typeof files)[]) files[name] = join(folder, `${name}.html`);
    const run = async (...args: string[]) => String((await runDpi(['diff', ...OPTIONS, ...args])).stdout);
    const fewer = join(folder, 'fewer.pcap');
    await runDpi(['filter', ...OPTIONS, A, fewer, '--mode', 'flow', '--block-app', 'TIKTOK']);
    await run('-o', files.diff, A, B);
    await run('--redact', '-o', files.clean, A, B);
    await run('--join', '-o', files.join, A, fewer);
    diff = JSON.parse(await run('--json', A, B));
    joined = JSON.parse(await run('--join', '--json', A, fewer));
    if (hasChromium) browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('hold no address with --redact', () => {
    const dataOf = (file: string) => {
      const [, base64] = /id="data">([^<]*)</.exec(readFileSync(file, 'utf8'))!;
      return gunzipSync(Buffer.from(base64!, 'base64')).toString();
    };
    const address = /192\.0\.2\.|203\.0\.113\.|2001:db8|samples\//;
    expect(dataOf(files.diff)).toMatch(address);
    expect(dataOf(files.clean)).not.toMatch(address);
    expect(dataOf(files.clean)).toMatch(/host-1 host-2 /);
  });

  it.skipIf(!hasChromium)('show the differences of the JSON', async () => {
    const { page, troubles, requests, close } = await openPage(browser!, pathToFileURL(files.diff).href);
    expect(await page.title()).toBe('demo.pcap → curl-tls12.pcap – dpi');
    expect(await page.locator('h1').innerText()).toBe(`${diff.differences.length} differences`);
    const sections = await page.locator('main section.panel').evaluateAll((all) => all.map(({ id }) => id));
    expect(sections.filter((id) => id !== 'sides' && id !== 'notes')).toEqual(
      DIFF_SECTIONS.filter((section) => diff.differences.some((row) => row.section === section)),
    );
    await page.locator('#pair .more').click();
    const exact = (value: number | null) => (value === null ? '' : `${value.toLocaleString('en-US')} bytes`);
    for (const section of ['label', 'name', 'host', 'pair']) {
      const wanted = diff.differences.filter((row) => row.section === section);
      const shown = await rowsOf(page, `#${section}`);
      expect(shown.map((row) => [row[0]!.text.replace(' →', ''), row[2]!.title, row[3]!.title])).toEqual(
        wanted.map(({ what, a, b }) => [what, exact(a), exact(b)]),
      );
      expect(shown.map((row) => Number(row[5]!.text.split('#')[1]))).toEqual(wanted.map(({ proof }) => proof!.packet));
    }
    expect(troubles).toEqual([]);
    expect(requests).toEqual([pathToFileURL(files.diff).href]);
    await close();
  });

  it.skipIf(!hasChromium)('show the findings between two points', async () => {
    const { page, troubles, close } = await openPage(browser!, pathToFileURL(files.join).href);
    const lost = joined.findings.filter(({ kind }) => kind === 'only-a');
    expect(lost.length).toBeGreaterThan(0);
    const shown = await rowsOf(page, '#only-a');
    expect(shown.map((row) => [row[1]!.text, row[2]!.text, row[3]!.text])).toEqual(
      lost.map(({ a }) => [a!.domain, a!.label, `#${a!.first_packet}`]),
    );
    expect(shown[0]![0]!.text).toContain(`${lost[0]!.a!.src_ip}:${lost[0]!.a!.src_port} → `);
    expect(troubles).toEqual([]);
    await close();
  });

  it.skipIf(!hasChromium).each(['light', 'dark'] as const)('break no rule of access, in %s', async (colorScheme) => {
    for (const file of [files.diff, files.join]) {
      for (const width of [360, 1280, 2560]) {
        const options = { colorScheme, viewport: { width, height: 900 } };
        const { page, close } = await openPage(browser!, pathToFileURL(file).href, options);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        if (width === 1280) expect(await axeViolations(page)).toEqual([]);
        await close();
      }
    }
  });
});
