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

  it('fits a screen of 1280 pixels at 200% zoom', async () => {
    // Zoom halves the CSS pixels of a screen and doubles the device's.
    const zoomed = { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 };
    const { page, close } = await openPage(browser, `${url}#connection=17`, zoomed);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(640);
    const details = (await page.locator('.details').boundingBox())!;
    expect(details.x).toBeGreaterThanOrEqual(0);
    expect(details.x + details.width).toBeLessThanOrEqual(640);
    await close();
  });

  it('prints every view on white, whole', async () => {
    const { page, close } = await openPage(browser, `${url}#connection=17`, { colorScheme: 'dark' });
    const views = await page.locator('main section.panel').evaluateAll((all) => all.map(({ id }) => id));
    // A4 less its margins.
    await page.setViewportSize({ width: 720, height: 1040 });
    await page.emulateMedia({ media: 'print' });
    const printed = await page.evaluate(() => ({
      views: [...document.querySelectorAll('main section.panel')]
        .filter((panel) => panel.getBoundingClientRect().height > 60)
        .map(({ id }) => id),
      clipped: [...document.querySelectorAll('.table-frame, .chart')]
        .filter((frame) => frame.scrollWidth > frame.clientWidth || frame.scrollHeight > frame.clientHeight)
        .map((frame) => frame.closest('.panel')?.id),
      ground: getComputedStyle(document.body).backgroundColor,
      text: getComputedStyle(document.body).color,
      width: document.documentElement.scrollWidth,
      controls: [...document.querySelectorAll('.details, .copy, .switch, .more, input')].filter(
        (element) => element.getClientRects().length > 0,
      ).length,
    }));
    expect(printed.views).toEqual(views);
    expect(printed.clipped).toEqual([]);
    expect(printed.ground).toBe('rgb(255, 255, 255)');
    expect(printed.text).toBe('rgb(26, 31, 39)');
    expect([printed.width, printed.controls]).toEqual([720, 0]);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
    await close();
  });

  it('moves nothing for readers who want less motion', async () => {
    const { page, close } = await openPage(browser, url, { reducedMotion: 'reduce' });
    const moving = await page.evaluate(() =>
      [...document.querySelectorAll('*')]
        .filter((element) => {
          const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(element);
          return transitionDuration !== '0s' || animationName !== 'none' || scrollBehavior === 'smooth';
        })
        .map(({ className, tagName }) => `${tagName} ${className}`),
    );
    expect(moving).toEqual([]);
    await close();
  });

  it('names every chart and gives its numbers as a table', async () => {
    const { page, close } = await openPage(browser, url);
    for (const summary of await page.locator('details summary').all()) await summary.click();
    const charts = await page.locator('.chart svg').evaluateAll((all) =>
      all.map((svg) => ({
        isNamed: (svg.getAttribute('aria-label') ?? '') !== '' || svg.getAttribute('aria-hidden') === 'true',
        tables: svg.closest('.panel')?.querySelectorAll('table').length ?? 0,
      })),
    );
    expect(charts.length).toBeGreaterThan(1);
    for (const chart of charts) {
      expect(chart.isNamed).toBe(true);
      expect(chart.tables).toBeGreaterThan(0);
    }
    const captions = await page
      .locator('table')
      .evaluateAll((all) => all.map((table) => (table as HTMLTableElement).caption?.innerText ?? ''));
    expect(captions.filter((caption) => caption === '')).toEqual([]);
    const headless = await page
      .locator('thead th')
      .evaluateAll((all) => all.filter((th) => th.getAttribute('scope') !== 'col').length);
    expect(headless).toBe(0);
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
