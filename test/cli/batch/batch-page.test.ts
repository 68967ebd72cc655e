/** `--html` of batch runs: one page of all streams. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../../src/core/report/model.js';
import { commandOf, explainCommand } from '../../../src/page/data/command.js';
import { type ReportData, readReport } from '../../../src/page/data/report-data.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';

const CAPTURES = ['curl-ipv6', 'demo', 'dig-dns'].map((name) => resolve(`samples/${name}.pcap`));

let folder = '';
beforeAll(async () => {
  await ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'dpi-batch-page-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pageOf(file: string): Promise<ReportData> {
  return readReport(/id="data">([^<]*)</.exec(readFileSync(file, 'utf8'))![1]!);
}

describe('the page of a batch run', () => {
  it('has all connections of all streams', async () => {
    const run = join(folder, 'run');
    const file = join(folder, 'run.html');
    const { exitCode } = await runDpi(['batch', 'run', ...CAPTURES, '-o', run, '--html', file, '-q']);
    expect(exitCode).toBe(0);
    const data = await pageOf(file);
    const reports: Report[] = [];
    for (const capture of CAPTURES) {
      const { stdout } = await runDpi(['analyze', '--no-stored-rules', '--json', '-q', capture]);
      reports.push(JSON.parse(String(stdout)));
    }
    const all = reports.flatMap(({ connections }) => connections);
    expect(data.count).toBe(all.length);
    expect(new Set(data.numbers('id')).size).toBe(all.length);
    expect(data.summary.total_bytes).toBe(reports.reduce((sum, report) => sum + report.total_bytes, 0));
    const strip = ({ id: _, ...rest }: Report['connections'][number]) => JSON.stringify(rest);
    expect(Array.from({ length: data.count }, (_, row) => strip(data.record(row))).sort()).toEqual(
      all.map(strip).sort(),
    );

    // Each connection is found again by the command that the page names.
    for (let row = 0; row < data.count; row++) {
      const words = explainCommand(data, data.numbers('id')[row]!).split(' ');
      const report = reports[CAPTURES.indexOf(words.at(-1)!)]!;
      const wanted = report.connections.find(({ id }) => id === Number(words.at(-2)))!;
      expect(strip(wanted)).toBe(strip(data.record(row)));
    }
    expect(commandOf(data, [{ kind: 'label', value: 'YOUTUBE' }])).toBeNull();

    const merged = await runDpi(['batch', 'merge', run, '--html', `${file}.2`, '-q']);
    expect(merged.exitCode).toBe(0);
    expect(readFileSync(`${file}.2`, 'utf8')).toBe(readFileSync(file, 'utf8'));
  });

  it('holds no address and no folder with --redact', async () => {
    const run = join(folder, 'redacted');
    const file = join(folder, 'redacted.html');
    await runDpi(['batch', 'run', ...CAPTURES, '-o', run, '--html', file, '--redact', '-q']);
    const { payload } = await pageOf(file);
    const text = JSON.stringify(payload);
    expect(text).not.toContain('192.0.2.10');
    expect(text).not.toContain(resolve('samples'));
    expect(payload.parts!.map(({ inputs }) => inputs[0])).toEqual(['curl-ipv6.pcap', 'demo.pcap', 'dig-dns.pcap']);
  });

  it('is refused for what has no page', async () => {
    const noPage = await runDpi(['batch', 'merge', 'run', '--redact']);
    expect([noPage.exitCode, String(noPage.stderr)]).toEqual([2, expect.stringContaining('--redact needs --html')]);
    const watched = await runDpi(['batch', 'run', '--watch', folder, '-o', join(folder, 'w'), '--html', 'x.html']);
    expect([watched.exitCode, String(watched.stderr)]).toEqual([2, expect.stringContaining('--html')]);
  });
});
