/** The queries of docs/queries.md run on a data set, and say what the reports say. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportSummary } from '../../../src/core/report/model.js';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';
import { openDataSet } from '../../../src/usecases/data-set/data-set.js';
import { type DuckRow, duck } from '../../support/duck.js';

const PAGE = readFileSync('docs/queries.md', 'utf8');
const QUERIES = new Map(
  [...PAGE.matchAll(/^### (.+)\n\n```sql\n([\s\S]+?)```/gm)].map(([, title, query]) => [title!, query!]),
);

let root: string;
let reports: ReportSummary[];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'dpi-queries-'));
  reports = [];
  for (const name of ['demo.pcap', 'curl-tls12.pcap', 'dig-dns.pcap']) {
    const inputs = [`samples/${name}`];
    const output = await openDataSet(join(root, 'dataset'), inputs);
    const { summary } = await analyzeCaptures(inputs, { onConnection: (c) => output.connection(c) });
    await output.finish(summary);
    reports.push(summary);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function ask(title: string): Promise<DuckRow[]> {
  return duck(root, QUERIES.get(title)!);
}

const total = (rows: readonly DuckRow[], key: string) => rows.reduce((sum, row) => sum + Number(row[key] ?? 0), 0);

describe('the queries', () => {
  it('are ten, and each has an answer', async () => {
    expect(QUERIES.size).toBe(10);
    for (const [title, query] of QUERIES) expect([title, (await duck(root, query)).length > 0]).toEqual([title, true]);
  });

  it('sum up what the reports have', async () => {
    const apps = await ask('Which apps took the most bytes, day by day?');
    const labels = reports.flatMap((report) => report.labels);
    expect(total(apps, 'connections')).toBe(labels.reduce((sum, { connections }) => sum + connections, 0));
    const servers = await ask('Which DNS servers are slow or fail?');
    expect(total(servers, 'queries')).toBe(reports.reduce((sum, { dns }) => sum + dns!.queries, 0));
    const files = await ask('Which capture files are damaged, and how much did they hold?');
    expect(total(files, 'packets')).toBe(reports.reduce((sum, report) => sum + report.total_packets, 0));
    const minutes = await ask('When was the busiest minute?');
    expect(total(minutes, 'packets')).toBe(reports.reduce((sum, report) => sum + report.total_packets, 0));
  });

  it('find the hosts of a site', async () => {
    const rows = await ask('Which hosts spoke to a site?');
    expect(rows.map((row) => row.src_ip)).toEqual(['192.0.2.10']);
  });
});
