/** The report page in a real browser, opened from a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../../src/core/report/model.js';
import { PayloadBuilder } from '../../../src/render/html/payload-builder.js';
import { writePage } from '../../../src/render/html/write-page.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';
import { chromiumPath, openPage, rowsOf, startBrowser, type WatchedPage } from './chromium.js';

const SAMPLE = 'samples/demo.pcap';
const hasChromium = chromiumPath() !== null;

describe.skipIf(!hasChromium)('the report page', () => {
  let browser: Browser;
  let folder: string;
  let url: string;
  let report: Report;
  beforeAll(async () => {
    await ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'dpi-page-'));
    const file = join(folder, 'report.html');
    const options = ['--no-stored-rules', '--block-app', 'TIKTOK', '-q', SAMPLE];
    const { exitCode, stderr } = await runDpi(['analyze', '-o', file, ...options]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    report = JSON.parse(String((await runDpi(['analyze', '--json', ...options])).stdout));
    url = pathToFileURL(file).href;
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the page, lets `use` work with it, and sees to it that it did nothing else. */
  async function withPage(hash: string, use: (opened: WatchedPage) => Promise<void>): Promise<void> {
    const opened = await openPage(browser, url + hash);
    await use(opened);
    expect(opened.troubles).toEqual([]);
    expect(opened.requests.filter((request) => request.replace(/#.*/, '') !== url)).toEqual([]);
    await opened.close();
  }

  const count = (value: number) => new Intl.NumberFormat('en-US').format(value);
  const exact = (bytes: number) => `${count(bytes)} bytes`;

  it('shows the numbers of the JSON', async () => {
    await withPage('', async ({ page }) => {
      const figures = await page.$$eval('.figures dd', (all) =>
        (all as HTMLElement[]).map((dd) => [dd.innerText, dd.title]),
      );
      expect(figures[0]![1]).toBe(exact(report.total_bytes));
      expect(figures[1]![0]).toBe(count(report.total_packets));
      expect(Number(figures[2]![0]) + Number(figures[3]![0])).toBe(report.total_connections);
      expect(Number(figures[4]![0])).toBe(report.hosts.length);

      await page.locator('#labels .more').click();
      const labels = await rowsOf(page, '#labels');
      expect(labels.map((row) => [row[0]!.text, row[3]!.title, Number(row[4]!.text)])).toEqual(
        report.labels.map(({ label, bytes, connections }) => [label, exact(bytes), connections]),
      );

      await page.locator('#hosts .more').click();
      const hosts = await rowsOf(page, '#hosts');
      expect(hosts.map((row) => [row[0]!.text.split(/\s/)[0], row[2]!.title, row[3]!.title])).toEqual(
        report.hosts.map(({ address, bytes_in, bytes_out }) => [address, exact(bytes_in), exact(bytes_out)]),
      );

      const matrix = await page.$$eval('#matrix td button', (cells) =>
        cells.map(
          (cell) => `${cell.getAttribute('aria-label')!.replace(/: [^:]*$/, '')}: ${cell.getAttribute('title')}`,
        ),
      );
      const sums = report.hosts.flatMap(({ address, labels: all }) =>
        all.map(({ label, bytes }) => `${address}, ${label}: ${exact(bytes)}`),
      );
      expect(matrix.length).toBeGreaterThan(10);
      expect(sums).toEqual(expect.arrayContaining(matrix));

      const connections = await rowsOf(page, '#connections');
      const largest = report.connections.toSorted((a, b) => b.bytes - a.bytes || a.first_seen - b.first_seen);
      expect(connections.length).toBeGreaterThan(20);
      expect(connections.map((row) => [Number(row[0]!.text), row[1]!.text, row[3]!.text, row[9]!.title])).toEqual(
        largest
          .slice(0, connections.length)
          .map((c) => [c.id, endpoint(c.src_ip, c.src_port), c.label, exact(c.bytes)]),
      );

      const counts = await page.$$eval('#encryption .counts', (all) =>
        all.map((table) => [
          table.querySelector('th')!.innerText,
          Object.fromEntries(
            [...table.querySelectorAll('tbody tr')].map((row) => {
              const cells = row.querySelectorAll('td');
              return [cells[0]!.innerText, Number(cells[2]!.innerText)];
            }),
          ),
        ]),
      );
      expect(Object.fromEntries(counts)).toMatchObject({
        'TLS version': report.tls!.versions,
        ALPN: report.tls!.alpn,
        Cipher: report.tls!.ciphers,
        'Key exchange': report.tls!.groups,
        'QUIC version': report.quic!.versions,
        Property: { 'Encrypted ClientHello offered': report.tls!.ech.offered },
      });

      const servers = await rowsOf(page, ':nth-match(#dns .table-frame, 1)');
      expect(servers.map((row) => [row[0]!.text, Number(row[1]!.text)])).toEqual(
        report.dns!.servers.map(({ address, queries }) => [address, queries]),
      );

      await page.locator('#quality .more').click();
      const quality = await rowsOf(page, '#quality');
      const resets = quality.reduce((sum, row) => sum + Number(row[6]!.text), 0);
      expect(resets).toBe(report.quality!.resets.client + report.quality!.resets.server);
      const rules = await rowsOf(page, '#rules');
      expect(rules.map((row) => [row[0]!.text, Number(row[2]!.text), row[4]!.title])).toEqual(
        report.rules.decided.map((row) => [row.rule, row.connections, exact(row.bytes)]),
      );
      const reasons = await rowsOf(page, '#untold .counts');
      expect(reasons.map((row) => Number(row[2]!.text))).toEqual(Object.values(report.unknown_reasons));
    });
  });

  it('narrows every view by a click, and widens by Escape and the back button', async () => {
    await withPage('', async ({ page }) => {
      const bytes = () => page.locator('.figures dd').first().getAttribute('title');
      const youtube = report.labels.find(({ label }) => label === 'YOUTUBE')!;
      await page.locator('#labels .pick', { hasText: 'YOUTUBE' }).click();
      await expect.poll(bytes).toBe(exact(youtube.bytes));
      expect(page.url()).toBe(`${url}#label=YOUTUBE`);
      // The other labels stay, to select them too.
      expect((await rowsOf(page, '#labels')).length).toBe(12);
      expect(await page.locator('#connections table').getAttribute('aria-rowcount')).toBe(
        String(1 + youtube.connections + youtube.lookups),
      );
      const command = await page.locator('.command code').innerText();
      expect(command).toBe(`dpi analyze --where 'label == YOUTUBE' ${SAMPLE}`);

      await page.locator('#hosts .pick', { hasText: '203.0.113.12' }).click();
      const both = report.connections.filter((c) => c.label === 'YOUTUBE' && c.dst_ip === '203.0.113.12');
      await expect.poll(bytes).toBe(exact(both.reduce((sum, c) => sum + c.bytes, 0)));
      await page.keyboard.press('Escape');
      await expect.poll(bytes).toBe(exact(youtube.bytes));
      await page.goBack();
      await page.goBack();
      await expect.poll(bytes).toBe(exact(youtube.bytes));
      await page.goBack();
      await expect.poll(bytes).toBe(exact(report.total_bytes));
    });
  });

  it('selects a period by dragging, and by keys', async () => {
    await withPage('', async ({ page }) => {
      const box = (await page.locator('.surface').boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.25, box.y + 50);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.3, box.y + 50);
      await page.mouse.move(box.x + box.width * 0.5, box.y + 50);
      await page.mouse.up();
      await expect.poll(() => page.url()).toContain('#period=');
      const selected = async () => {
        const [, from, to] = /period=([\d.]+)-([\d.]+)/.exec(page.url())!.map(Number);
        return report.connections.filter((c) => c.last_seen >= from! && c.first_seen <= to!).length;
      };
      const shown = async () => Number(await page.locator('#connections table').getAttribute('aria-rowcount')) - 1;
      expect(await selected()).toBeLessThan(report.total_connections);
      await expect.poll(shown).toBe(await selected());

      const before = page.url();
      await page.locator('.handle').last().focus();
      for (let i = 0; i < 3; i++) await page.keyboard.press('PageUp');
      await expect.poll(() => page.url()).not.toBe(before);
      await expect.poll(shown).toBe(await selected());
      await page.keyboard.press('Escape');
      await expect.poll(shown).toBe(report.total_connections);
    });
  });

  it('searches and sorts connections, and shows one', async () => {
    await withPage('', async ({ page }) => {
      await page.locator('input[type=search]').fill('discord');
      const wanted = report.connections.filter((c) => JSON.stringify(c).toLowerCase().includes('discord'));
      const ids = async () => (await rowsOf(page, '#connections')).map((row) => Number(row[0]!.text));
      await expect.poll(async () => (await ids()).length).toBe(wanted.length);
      await page.locator('#connections .sort', { hasText: 'Round trip' }).click();
      const byRtt = wanted.toSorted((a, b) => (b.rtt_ms ?? -1) - (a.rtt_ms ?? -1) || a.id - b.id).map(({ id }) => id);
      await expect.poll(ids).toEqual(byRtt);
      await page.locator('#connections .sort', { hasText: 'Round trip' }).click();
      await expect.poll(ids).not.toEqual(byRtt);

      const [first] = await ids();
      await page.locator('#connections .pick').first().click();
      const details = page.locator('.details');
      const connection = report.connections.find(({ id }) => id === first)!;
      await expect.poll(() => details.innerText()).toContain(`Connection ${first}`);
      const text = await details.innerText();
      expect(text).toContain(connection.community_id);
      expect(text).toContain(`ip.addr == ${connection.src_ip}`);
      expect(text).toContain(`dpi analyze --explain ${first} ${SAMPLE}`);
      await page.keyboard.press('Escape');
      await expect.poll(() => details.count()).toBe(0);
    });
  });

  it('shows the bytes that prove a label', async () => {
    const explained = JSON.parse(String((await runDpi(['analyze', '--json', '--explain', '17', SAMPLE])).stdout));
    const [{ proofs }] = explained.explanations;
    await withPage('#connection=17', async ({ page }) => {
      const shown = await page.locator('.bytes').evaluate((pre) => {
        const marks = [...pre.querySelectorAll('mark')].map((mark) => mark.innerText);
        return { marks, heading: (pre.previousElementSibling as HTMLElement).innerText };
      });
      const hex = shown.marks.filter((_, i) => i % 2 === 0).join(' ');
      expect(hex.replaceAll(' ', '')).toBe(proofs[0].decrypted[0].hex);
      expect(shown.marks.filter((_, i) => i % 2 === 1).join('')).toBe(proofs[0].name);
      expect(shown.heading).toBe(`Bytes of the name, decrypted from a QUIC Initial of packet ${proofs[0].packet}`);
    });
  });

  it('says that connections of a selection are too small to be listed', async () => {
    const builder = new PayloadBuilder({ maxConnections: 3 });
    const { connections, ...summary } = report;
    for (const connection of connections) builder.add(connection);
    const file = join(folder, 'few.html');
    let html = '';
    writePage(builder.packed({ summary, topConnections: [] }), (text) => {
      html += text;
    });
    writeFileSync(file, html);
    const { page, close } = await openPage(browser, `${pathToFileURL(file).href}#label=SPOTIFY`);
    const { connections: count, lookups } = report.labels.find(({ label }) => label === 'SPOTIFY')!;
    expect(await page.locator('#connections .empty').innerText()).toBe(
      `${count + lookups} connections of the selection, too small to be listed.`,
    );
    await close();
  });

  it('opens at a deep link', async () => {
    await withPage('#label=DISCORD&trait=reset&connection=42', async ({ page }) => {
      expect(await page.locator('.details h2').innerText()).toBe('Connection 42');
      const wanted = report.connections.filter((c) => c.label === 'DISCORD' && c.reset_by !== null);
      expect(await page.locator('#connections table').getAttribute('aria-rowcount')).toBe(String(1 + wanted.length));
      expect(await page.locator('.chosen button').allInnerTexts()).toEqual(['label DISCORD ×', 'with reset ×']);
    });
  });

  it('scrolls through connections without drawing them all', async () => {
    await withPage('', async ({ page }) => {
      await page.locator('#connections .rows').evaluate((rows) => rows.scrollTo(0, rows.scrollHeight));
      const smallest = report.connections.toSorted((a, b) => a.bytes - b.bytes || b.first_seen - a.first_seen)[0]!;
      await expect.poll(async () => (await rowsOf(page, '#connections')).at(-1)![0]!.text).toBe(String(smallest.id));
    });
  });
});

function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
