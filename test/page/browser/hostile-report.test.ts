/** A report in which every text is an attack on the page. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JOIN_KINDS } from '../../../src/core/diff/join-model.js';
import { DIFF_SECTIONS } from '../../../src/core/diff/model.js';
import type { Report } from '../../../src/core/report/model.js';
import type { PolicySummary } from '../../../src/core/report/policy-model.js';
import { analyze } from '../../../src/index.js';
import { writeDiffPage, writeJoinPage } from '../../../src/render/html/comparison-page.js';
import { htmlFormat } from '../../../src/render/html/html-format.js';
import { writePolicyPage } from '../../../src/render/html/policy-page.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';
import { chromiumPath, openPage, startBrowser, type WatchedPage } from './chromium.js';

const hasChromium = chromiumPath() !== null;
const DEMO = resolve(import.meta.dirname, '../../../samples/demo.pcap');

const ATTACKS = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  "' onmouseover='alert(3)",
  '<svg onload=alert(4)>',
  '--><script>alert(5)</script><!--',
  '{{alert(6)}}',
  'javascript:alert(8)',
  '\u202egnp.exe\u2066\u200f',
  'line\u2028separator\u2029\u0000\u001b[31m',
  '<iframe srcdoc="<script>alert(9)</script>">',
  `${'a'.repeat(4096)}.example`,
  'é\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
  '__proto__',
  '\ud800',
];
/** What no element may show: characters that turn text around, break lines, or cannot be seen. */
const UNSHOWN = /[\u202a-\u202e\u2066-\u2069\u2028\u2029\u200f\u0000\u001b]/;

/** The value with every text and every name of a record replaced; equal texts stay equal. */
function attacked<T>(value: T, known = new Map<string, string>()): T {
  const attack = (text: string) => {
    if (!known.has(text))
      known.set(text, ATTACKS[known.size % ATTACKS.length]! + (known.size < ATTACKS.length ? '' : ` ${known.size}`));
    return known.get(text)!;
  };
  if (typeof value === 'string') return attack(value) as T;
  if (Array.isArray(value)) return value.map((one) => attacked(one, known)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, attacked(one, known)])) as T;
}

/** The same with the names of counts replaced too. */
function withAttackedCounts(report: Report): Report {
  const counts = Object.fromEntries(ATTACKS.map((attack, i) => [attack, i + 1]));
  return {
    ...report,
    anomalies: counts,
    limits: counts,
    unknown_reasons: counts,
    warnings: [...ATTACKS],
    dns: { ...report.dns!, rcodes: counts },
    rules: { ...report.rules, count: 1, unused: [...ATTACKS], unused_count: ATTACKS.length },
    techniques: ATTACKS.map((technique) => ({ technique, connections: 1, packets: 1, first_packet: 1 })),
  };
}

describe.skipIf(!hasChromium)('a report full of attacks', () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    await ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'dpi-attack-'));
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('changes nothing and alerts nothing', async () => {
    const report = withAttackedCounts(attacked(await analyze(DEMO)));
    const { connections, ...summary } = report;
    let html = '';
    const format = htmlFormat((text) => {
      html += text;
    });
    for (const connection of connections) format.connection(connection);
    format.finish({ summary, topConnections: [] });
    const file = join(folder, 'attack.html');
    writeFileSync(file, html);
    const url = pathToFileURL(file).href;
    const opened = await openPage(browser, url);
    const { page, close } = opened;

    // Every view, with a selection and one connection in full.
    for (const summaryElement of await page.locator('details summary').all()) await summaryElement.click();
    await page.locator('#labels .pick').first().click();
    await page.locator('#hosts .pick').nth(1).click();
    await page.keyboard.press('Escape');
    await page.locator('#connections .pick').first().click();
    await page.locator('.details h2').waitFor();
    for (const button of ['By client', 'By server']) {
      await page
        .locator('.switch button', { hasText: button })
        .last()
        .evaluate((one: HTMLElement) => one.click());
    }
    await page.locator('input[type=search]').fill('<script>');

    await expectHarmless(opened, url);
    await close();
  });

  it.each(['diff', 'join', 'policy', 'run'] as const)('changes nothing on the page of a %s', async (kind) => {
    const file = join(folder, `${kind}.html`);
    writeFileSync(file, await OTHER_PAGES[kind]());
    const url = pathToFileURL(file).href;
    const opened = await openPage(browser, url);
    const more = opened.page.locator('.more');
    while ((await more.count()) > 0) await more.first().click();
    await expectHarmless(opened, url);
    await opened.close();
  });
});

/** The texts of a page whose writer gets `write`. */
function pageOf(use: (write: (text: string) => void) => void): string {
  let html = '';
  use((text) => {
    html += text;
  });
  return html;
}

const ENDS = { id: 1, protocol: 'TCP', src_ip: 'a', src_port: 1, dst_ip: 'b', dst_port: 2, label: 'd' };
const PACKETS = { first_packet: 1, last_packet: 2 };
const SIDE = { packets: 1, bytes: 1, connections: 1, seconds: null };

const OTHER_PAGES = {
  diff: async () => {
    const differences = DIFF_SECTIONS.flatMap((section) =>
      ATTACKS.map((what) => {
        const proof = { ...attacked(ENDS), ...PACKETS, protocol: 'TCP', domain: what, packet: 1, input: 0, frame: 1 };
        return { section, change: 'new' as const, what, unit: 'bytes' as const, a: null, b: 5, proof };
      }),
    );
    const side = { ...SIDE, inputs: ATTACKS };
    const diff = { schema_version: 1, generator: 'dpi', threshold: 0.5, a: side, b: side, differences };
    return pageOf((write) => writeDiffPage({ ...diff, warnings: ATTACKS }, {}, write));
  },
  join: async () => {
    const findings = JOIN_KINDS.flatMap((kind) =>
      ATTACKS.map((domain) => {
        const ends = { ...attacked(ENDS), ...PACKETS, domain };
        return { kind, a: ends, b: ends, detail: domain };
      }),
    );
    const [a, b] = ATTACKS.map((input) => ({ ...SIDE, input }));
    const joined = { schema_version: 1, generator: 'dpi', joined: 1, clock_offset_ms: 1, transit_ms: 1 };
    return pageOf((write) => writeJoinPage({ ...joined, a: a!, b: b!, findings, warnings: ATTACKS }, {}, write));
  },
  policy: async () => {
    const args = ['--no-stored-rules', '--block-domain', '=www.youtube.com', '--block-app', 'TIKTOK', '-q', DEMO];
    const policy: PolicySummary = JSON.parse(String((await runDpi(['rules', 'test', '--json', ...args])).stdout));
    return pageOf((write) => writePolicyPage({ ...attacked(policy), warnings: ATTACKS }, write));
  },
  /** Of a batch run: its parts name the captures. */
  run: async () => {
    const { connections, ...summary } = withAttackedCounts(attacked(await analyze(DEMO)));
    const parts = connections.map((_, i) => ({ idOffset: i, inputs: [ATTACKS[i % ATTACKS.length]!] }));
    return pageOf((write) => {
      const format = htmlFormat(write);
      for (const connection of connections) format.connection(connection);
      format.finish({ summary, topConnections: [], parts });
    });
  },
};

/** Nothing but text came of the attacks, and the page asked for nothing. */
async function expectHarmless({ page, troubles, requests }: WatchedPage, url: string): Promise<void> {
  const shown = await page.evaluate(() => ({
    scripts: document.querySelectorAll('script').length,
    foreign: document.querySelectorAll('img, iframe, object, embed, link, a[href], form').length,
    handlers: [...document.querySelectorAll('*')].flatMap((element) =>
      element.getAttributeNames().filter((name) => name.startsWith('on')),
    ),
    text: document.getElementById('app')!.innerText,
    attributes: [...document.querySelectorAll('#app *')].flatMap((element) =>
      element.getAttributeNames().map((name) => element.getAttribute(name) ?? ''),
    ),
    title: document.title,
    width: document.documentElement.scrollWidth,
  }));
  expect(shown.scripts).toBe(2);
  expect(shown.foreign).toBe(0);
  expect(shown.handlers).toEqual([]);
  expect(shown.text).toContain('</script><script>alert(1)</script>');
  expect(shown.text.split('\n').filter((text) => UNSHOWN.test(text))).toEqual([]);
  expect(shown.attributes.filter((text) => UNSHOWN.test(text))).toEqual([]);
  expect(shown.title).not.toMatch(UNSHOWN);
  expect(shown.width).toBe(1280);
  expect(troubles).toEqual([]);
  expect(requests.filter((request) => request.replace(/#.*/, '') !== url)).toEqual([]);
}
