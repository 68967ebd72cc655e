/** The page of `dpi rules test --html`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicySummary } from '../../../src/core/report/policy-model.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';
import { axeViolations } from './axe.js';
import { chromiumPath, openPage, rowsOf, startBrowser } from './chromium.js';

const hasChromium = chromiumPath() !== null;
const RULES = ['--no-stored-rules', '--block-domain', '=www.youtube.com', '--block-app', 'TIKTOK'];

describe.skipIf(!hasChromium)('the page of rules test', () => {
  let browser: Browser;
  let folder: string;
  let url: string;
  let policy: PolicySummary;
  beforeAll(async () => {
    await ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'dpi-policy-page-'));
    const test = (form: string) => runDpi(['rules', 'test', form, ...RULES, '-q', 'samples/demo.pcap']);
    const file = join(folder, 'rules.html');
    writeFileSync(file, String((await test('--html')).stdout));
    policy = JSON.parse(String((await test('--json')).stdout));
    url = pathToFileURL(file).href;
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows the numbers of the JSON, and breaks no rule of access', async () => {
    const { page, troubles, requests, close } = await openPage(browser, url);
    const targets = await rowsOf(page, '#targets');
    expect(
      targets.map((row) => [row[0]!.text, row[1]!.text, ...row.slice(2, 6).map(({ text }) => Number(text))]),
    ).toEqual(
      policy.targets.map((row) => [row.target, row.verdict, row.connections, row.stopped, row.late, row.escaped]),
    );
    expect(policy.escapes.length).toBeGreaterThan(0);
    const escapes = await rowsOf(page, '#escapes');
    expect(escapes.map((row) => [row[0]!.text, Number(row[2]!.text)])).toEqual(
      policy.escapes.map((row) => [row.target, row.connections]),
    );
    for (const { remedy } of policy.escapes) {
      if (remedy !== null) expect(await page.locator('#escapes').innerText()).toContain(remedy);
    }
    expect(await axeViolations(page)).toEqual([]);
    expect(troubles).toEqual([]);
    expect(requests).toEqual([url]);
    await close();
  });
});
