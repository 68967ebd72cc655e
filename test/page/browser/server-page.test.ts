/** The page of `dpi serve`: captures in, their reports out, behind a token where there is one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServeProcess, startServe } from '../../server/serve-process.js';
import { ensureBuilt } from '../../support/run-cli.js';
import { axeViolations } from './axe.js';
import { chromiumPath, openPage, startBrowser, type WatchedPage } from './chromium.js';

const SAMPLES = resolve(import.meta.dirname, '../../../samples');
const DEMO = join(SAMPLES, 'demo.pcap');
const TOKEN = 'a-token-of-the-tests-0123456789';
const hasChromium = chromiumPath() !== null;

describe.skipIf(!hasChromium)('the page of dpi serve', () => {
  let browser: Browser;
  let folder: string;
  let server: ServeProcess;
  let closed: ServeProcess;
  beforeAll(async () => {
    await ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'dpi-serve-page-'));
    writeFileSync(join(folder, 'token'), TOKEN, { mode: 0o600 });
    const rules = ['--rules-file', join(folder, 'rules.json')];
    server = await startServe(rules);
    closed = await startServe([...rules, '--token-file', join(folder, 'token')]);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([server?.stop(), closed?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the page, and sees to it that it asks nothing but its server and breaks no policy. */
  async function withPage(of: ServeProcess, use: (opened: WatchedPage) => Promise<void>): Promise<void> {
    const opened = await openPage(browser, `${of.url}/`);
    await use(opened);
    expect(opened.requests.filter((url) => !url.startsWith(of.url))).toEqual([]);
    await opened.close();
  }

  it('shows the reports of captures, one by one', async () => {
    await withPage(server, async ({ page, troubles }) => {
      await page.setInputFiles('input[type=file]', [DEMO, join(SAMPLES, 'ssh.pcap')]);
      await expect.poll(() => page.locator('.uploads .done').count()).toBe(2);
      await page.locator('.uploads button', { hasText: 'demo.pcap' }).first().click();
      await expect.poll(() => page.locator('h1').innerText()).toBe('demo.pcap');
      expect(await page.locator('.figures dd').first().getAttribute('title')).toBe('289,752 bytes');
      await page.locator('#labels .pick', { hasText: 'YOUTUBE' }).click();
      await expect.poll(() => page.url()).toBe(`${server.url}/#label=YOUTUBE`);

      await page.locator('.uploads button', { hasText: 'ssh.pcap' }).first().click();
      await expect.poll(() => page.locator('h1').innerText()).toBe('ssh.pcap');
      await page.locator('button[aria-label="Remove ssh.pcap"]').click();
      await expect.poll(() => page.locator('.uploads li').count()).toBe(1);
      expect(troubles).toEqual([]);
    });
  });

  it('takes captures that are dropped', async () => {
    await withPage(server, async ({ page, troubles }) => {
      const transfer = await page.evaluateHandle(() => {
        const data = new DataTransfer();
        data.items.add(new File(['no capture'], '<img src=x onerror=alert(1)>.pcap'));
        return data;
      });
      await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
      await expect
        .poll(() => page.locator('.uploads .failed').innerText())
        .toContain('<img src=x onerror=alert(1)>.pcap');
      await expect.poll(() => page.locator('.uploads .trouble').innerText()).toMatch(/capture/);
      // The console tells of the response's status.
      expect(troubles.filter((trouble) => !trouble.includes('422'))).toEqual([]);
    });
  });

  it('shows how far an upload is, and cancels it', async () => {
    await withPage(server, async ({ page }) => {
      await page
        .context()
        .newCDPSession(page)
        .then((session) =>
          session.send('Network.emulateNetworkConditions', {
            offline: false,
            latency: 0,
            downloadThroughput: -1,
            uploadThroughput: 500_000,
          }),
        );
      const large = join(folder, 'large.pcap');
      writeFileSync(large, Buffer.alloc(30_000_000));
      await page.setInputFiles('input[type=file]', large);
      await expect.poll(() => page.locator('.uploads progress').getAttribute('value').then(Number)).toBeGreaterThan(0);
      await page.locator('button[aria-label="Cancel large.pcap"]').click();
      await expect.poll(() => page.locator('.uploads li').count()).toBe(0);
    });
  });

  it('shows rules in all pages as they change', async () => {
    await withPage(server, async ({ page, troubles }) => {
      const other = await openPage(browser, `${server.url}/`);
      const rules = (of: typeof page) => of.locator('.rules-panel tbody tr').allInnerTexts();
      await page.locator('.rules-panel').waitFor();
      await page.fill('.add-rule input', 'Example.ORG');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator('.rules-panel [role=status]').innerText()).toBe('domain:example.org: added');
      await expect.poll(() => rules(other.page)).toEqual([expect.stringMatching(/^block\s+domain\s+example\.org\s/)]);

      // Others may change them, too.
      expect((await server.ask('POST', '/rules/app/YOUTUBE')).status).toBe(201);
      await expect.poll(() => rules(page).then((all) => all.length)).toBe(2);
      await other.page.locator('button[aria-label="Remove domain:example.org"]').click();
      await expect.poll(() => rules(page).then((all) => all.length)).toBe(1);

      await page.selectOption('select[aria-label=Type]', 'app');
      await page.fill('.add-rule input', 'YUOTUBE');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator('.rules-panel [role=status]').innerText()).toMatch(/YOUTUBE/);
      expect(troubles.filter((trouble) => !trouble.includes('400'))).toEqual([]);
      await other.close();
    });
  });

  it('asks for the token, and remembers that it was right', async () => {
    await withPage(closed, async ({ page, troubles }) => {
      await page.fill('input[type=password]', 'another-token-that-is-wrong');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator('[role=alert]').innerText()).toBe('the token is wrong');
      await page.fill('input[type=password]', TOKEN);
      await page.keyboard.press('Enter');
      await page.locator('.choose').first().waitFor();
      await page.setInputFiles('input[type=file]', DEMO);
      await expect.poll(() => page.locator('h1').innerText()).toBe('demo.pcap');
      const [cookie] = await page.context().cookies();
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
      expect(cookie!.value).not.toContain(TOKEN);
      await page.reload();
      await page.locator('.choose').first().waitFor();
      await page.locator('button', { hasText: 'Sign out' }).click();
      await page.locator('input[type=password]').waitFor();
      expect(troubles.filter((trouble) => !trouble.includes('401'))).toEqual([]);
    });
  });

  it.each(['light', 'dark'] as const)('has no violation that axe finds, in %s', async (colorScheme) => {
    for (const of of [server, closed]) {
      const { page, close } = await openPage(browser, `${of.url}/`, { colorScheme });
      expect(await axeViolations(page)).toEqual([]);
      await close();
    }
  });
});
