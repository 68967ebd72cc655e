/** The report page for readers with a keyboard, a screen reader, a narrow screen or another theme. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';
import { axeViolations } from './axe.js';
import { chromiumPath, openPage, startBrowser } from './chromium.js';

const hasChromium = chromiumPath() !== null;
const OPENED = '#label=YOUTUBE&trait=reset&trait=lookup&period=1795371753-1795371755&connection=17';

describe.skipIf(!hasChromium)('the report page', () => {
  let browser: Browser;
  let folder: string;
  let url: string;
  beforeAll(async () => {
    await ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'dpi-axe-'));
    const file = join(folder, 'report.html');
    await runDpi(['analyze', '-o', file, '--no-stored-rules', '--block-app', 'TIKTOK', '-q', 'samples/demo.pcap']);
    url = pathToFileURL(file).href;
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const narrow = { width: 360, height: 780 };
  const wide = { width: 1280, height: 900 };
  const cases: [string, BrowserContextOptions, string][] = [
    ['in light', { colorScheme: 'light', viewport: wide }, ''],
    ['in dark', { colorScheme: 'dark', viewport: wide }, ''],
    ['with a selection in light', { colorScheme: 'light', viewport: wide }, OPENED],
    ['with a selection in dark', { colorScheme: 'dark', viewport: wide }, OPENED],
    ['on a narrow screen', { colorScheme: 'light', viewport: narrow }, ''],
  ];
  it.each(cases)('has no violation that axe finds, %s', async (_, options, hash) => {
    const { page, close } = await openPage(browser, url + hash, options);
    for (const summary of await page.locator('details summary').all()) await summary.click();
    expect(await axeViolations(page)).toEqual([]);
    await close();
  });

  it.each([360, 640, 1280, 2560])('fits %i pixels', async (width) => {
    const { page, close } = await openPage(browser, url, { viewport: { width, height: 900 } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await close();
  });

  it('can be used by keyboard alone', async () => {
    const { page, close } = await openPage(browser, url);
    const reached = new Set<string>();
    for (let i = 0; i < 40 && !reached.has('pick'); i++) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate(() => document.activeElement?.getAttribute('class') ?? ''));
    }
    expect([...reached]).toEqual(expect.arrayContaining(['key', 'handle idle', 'pick']));
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain('#label=YOUTUBE');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.url()).not.toContain('label');
    await close();
  });
});
