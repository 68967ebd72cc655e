/** Chromium for tests of the page: what it requests, logs and refuses is recorded. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The browser's program; null when there is none. A test run under CI must have one. */
export function chromiumPath(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  if (found !== undefined) return found;
  if (process.env.CI) throw new Error('chromium is not installed, which the tests of the page need');
  console.warn('\n*** chromium is not installed: the tests of the page in a browser are SKIPPED ***\n');
  return null;
}

/** Starts the browser. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath() ?? undefined, args: ['--no-sandbox'] });
}

/** A page of the browser, and all that it did besides showing itself. */
export interface WatchedPage {
  readonly page: Page;
  /** Messages of errors and warnings, violations of the policy among them, and dialogs. */
  readonly troubles: string[];
  /** Addresses that it asked for. */
  readonly requests: string[];
  close(): Promise<void>;
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: 'en-US',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const troubles: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'log' && message.type() !== 'info') troubles.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('dialog', async (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  await page.waitForSelector('h1');
  return { page, troubles, requests, close: () => context.close() };
}

export interface Cell {
  readonly text: string;
  readonly title: string;
}

/** The rows of a table's body as they are shown. */
export function rowsOf(page: Page, selector: string): Promise<Cell[][]> {
  return page.$$eval(`${selector} tbody tr:not(.spacer)`, (rows) =>
    rows.map((row) =>
      [...row.querySelectorAll('td')].map((cell) => ({ text: cell.innerText.trim(), title: cell.title })),
    ),
  );
}
