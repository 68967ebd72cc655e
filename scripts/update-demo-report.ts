/**
 * Writes docs/demo-report.html and its screenshot, docs/demo-report.png, from samples/demo.pcap. Needs dist/ and
 * Chromium; without Chromium it leaves the screenshot as it is.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const PAGE = 'docs/demo-report.html';
const PICTURE = 'docs/demo-report.png';
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

const options = ['--no-stored-rules', '--no-config', '--quiet', '--output', PAGE, 'samples/demo.pcap'];
const { status } = spawnSync(process.execPath, ['bin/dpi.js', 'analyze', ...options], { stdio: 'inherit' });
if (status !== 0) process.exit(1);

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] }).catch(() => null);
if (browser === null) {
  console.error(`no browser at ${CHROMIUM}: ${PICTURE} is as it was`);
  process.exit(0);
}
const context = await browser.newContext({
  viewport: { width: 1280, height: 980 },
  colorScheme: 'light',
  locale: 'en-US',
  timezoneId: 'UTC',
  reducedMotion: 'reduce',
});
const page = await context.newPage();
await page.goto(pathToFileURL(resolve(PAGE)).href);
await page.waitForSelector('#connections tbody tr');
await page.screenshot({ path: PICTURE });
await browser.close();
