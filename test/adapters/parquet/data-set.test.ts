/** The data set, as DuckDB reads it, holds what the JSON report holds. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamOf, streamText } from '../../../src/adapters/parquet/data-set-folder.js';
import { DataSetWriter } from '../../../src/adapters/parquet/data-set-writer.js';
import { TABLE_NAMES } from '../../../src/adapters/parquet/tables.js';
import type { ConnectionRecord, ReportSummary } from '../../../src/core/report/model.js';
import { CSV_COLUMNS } from '../../../src/render/csv.js';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';
import { openDataSet } from '../../../src/usecases/data-set/data-set.js';
import { type DuckRow, duck } from '../../support/duck.js';
import { connection, summary as fixtureSummary } from '../../support/report-fixture.js';
import { ensureBuilt, runDpi } from '../../support/run-cli.js';

const SAMPLES = ['demo.pcap', 'firefox-tls.pcap', 'firefox-quic.pcapng', 'curl-tls12.pcap', 'dig-dns.pcap'];
const TIMES = ['first_seen', 'last_seen', 'cert_not_before', 'cert_not_after'];

let root: string;
let dataSet: string;
let connections: ConnectionRecord[];
let summary: ReportSummary;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'dpi-parquet-'));
  dataSet = join(root, 'dataset');
  ({ connections, summary } = await analyzeInto(dataSet, SAMPLES));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function analyzeInto(folder: string, samples: readonly string[]) {
  const inputs = samples.map((name) => `samples/${name}`);
  const output = await openDataSet(folder, inputs);
  const records: ConnectionRecord[] = [];
  const result = await analyzeCaptures(inputs, {
    reusesRecord: true,
    onConnection(c) {
      records.push(structuredClone(c));
      output.connection(c);
    },
  });
  await output.finish(result.summary);
  return { connections: records, summary: result.summary };
}

const from = (table: string) => `from read_parquet('${table}/**/*.parquet', hive_partitioning = true)`;
const select = (what: string, table: string, rest = '') => duck(dataSet, `select ${what} ${from(table)} ${rest}`);

/** As DuckDB gives a value to JSON. */
function asDuck(name: string, value: unknown): unknown {
  if (TIMES.includes(name) && typeof value === 'number') return String(Math.round(value * 1e6));
  return typeof value === 'number' ? String(value) : value;
}

describe('the table of connections', () => {
  it('has every column of the report, with the same values', async () => {
    const micros = TIMES.map((name) => `epoch_us(${name}) as ${name}`).join(', ');
    const rows = await select(`* replace (${micros})`, 'connections');
    const byId = new Map(rows.map((row) => [String(row.id), row]));
    expect(Object.keys(rows[0]!)).toEqual([...CSV_COLUMNS, 'day', 'stream']);
    expect(byId.size).toBe(connections.length);
    for (const c of connections) {
      const row = byId.get(String(c.id))!;
      for (const name of CSV_COLUMNS) {
        const found = row[name];
        expect([c.id, name, typeof found === 'number' ? String(found) : found]).toEqual([
          c.id,
          name,
          asDuck(name, c[name]),
        ]);
      }
      expect(row.day).toBe(new Date(c.first_seen * 1000).toISOString().slice(0, 10));
      expect(row.stream).toBe('demo');
    }
  });

  it('adds up to the report', async () => {
    const [sums] = await select(
      'sum(packets)::bigint p, sum(bytes)::bigint b, count(*) n, count(*) filter (is_lookup) l',
      'connections',
    );
    const total = (key: 'packets' | 'bytes') => connections.reduce((sum, c) => sum + c[key], 0);
    const lookups = connections.filter(({ is_lookup }) => is_lookup).length;
    expect(sums).toEqual({
      p: String(total('packets')),
      b: String(total('bytes')),
      n: String(summary.total_connections),
      l: String(lookups),
    });
  });
});

describe('the tables of sums', () => {
  it('hold the hosts', async () => {
    const rows = await select(
      `* replace (epoch_us(first_seen) as first_seen, epoch_us(last_seen) as last_seen)`,
      'hosts',
    );
    expect(rows).toHaveLength(summary.hosts.length);
    const byAddress = new Map(rows.map((row) => [row.address, row]));
    for (const host of summary.hosts) {
      const row = byAddress.get(host.address)!;
      const { names, labels, ...plain } = host;
      for (const [name, value] of Object.entries(plain)) {
        expect([name, asDuck('', row[name])]).toEqual([name, asDuck(name, value)]);
      }
      expect(row.names).toEqual(names.map(({ name }) => name));
      expect(row.name_sources).toEqual(names.map(({ source }) => source));
      expect(row.labels).toEqual(labels.map(({ label }) => label));
      expect(row.label_bytes).toEqual(labels.map(({ bytes }) => String(bytes)));
    }
  });

  it('hold the DNS servers', async () => {
    const rows = await select('*', 'dns');
    expect(rows.map((row) => row.server).sort()).toEqual(summary.dns!.servers.map(({ address }) => address).sort());
    for (const { address, queries, answered, unanswered, rcodes, latency_ms: latency } of summary.dns!.servers) {
      const row = rows.find(({ server }) => server === address)!;
      expect([row.queries, row.answered, row.unanswered]).toEqual([queries, answered, unanswered].map(String));
      expect(row.rcodes).toEqual(Object.keys(rcodes));
      expect(row.rcode_counts).toEqual(Object.values(rcodes).map(String));
      expect(row).toMatchObject({
        latency_count: String(latency.count),
        latency_min_ms: latency.min,
        latency_median_ms: latency.median,
        latency_p95_ms: latency.p95,
        latency_max_ms: latency.max,
      });
    }
  });

  it('hold the timeline, which adds up to all packets', async () => {
    const rows = await select('epoch_us(time) as micros, interval, label, packets, bytes', 'timeline');
    const timeline = summary.timeline!;
    for (const { label, packets } of timeline.labels) {
      const found = rows.filter((row) => row.label === label);
      expect(found).toHaveLength(packets.filter((n) => n > 0).length);
      for (const row of found) {
        const bucket = Math.round((Number(row.micros) / 1e6 - timeline.start) / timeline.interval);
        expect(row.packets).toBe(String(packets[bucket]));
      }
    }
    expect(sum(rows, 'packets')).toBe(summary.total_packets);
    expect(sum(rows, 'bytes')).toBe(summary.total_bytes);
  });

  it('hold labels and inputs, which add up to all packets', async () => {
    const labels = await select('*', 'labels', 'order by bytes desc, label');
    expect(sum(labels, 'packets')).toBe(summary.total_packets);
    for (const row of summary.labels) {
      const found = labels.find(({ label }) => label === row.label)!;
      for (const [name, value] of Object.entries(row)) expect(found[name]).toEqual(asDuck(name, value));
    }
    const inputs = await select('*', 'inputs');
    expect(sum(inputs, 'bytes')).toBe(summary.total_bytes);
    for (const row of summary.inputs) {
      const found = inputs.find(({ name }) => name === row.name)!;
      for (const [name, value] of Object.entries(row)) expect(found[name]).toEqual(asDuck(name, value));
    }
  });
});

describe('the files', () => {
  it('are packed with zstd, name the schema version, and have microseconds as INT64', async () => {
    for (const table of TABLE_NAMES) {
      const files = `'${table}/**/*.parquet'`;
      const codecs = await duck(dataSet, `select distinct compression from parquet_metadata(${files})`);
      expect(codecs).toEqual([{ compression: 'ZSTD' }]);
      const pairs = await duck(
        dataSet,
        `select distinct key::varchar k, value::varchar v from parquet_kv_metadata(${files}) order by k`,
      );
      expect(pairs).toEqual([
        { k: 'dpi.schema_version', v: '1' },
        { k: 'dpi.table', v: table },
      ]);
    }
    const [column] = await duck(
      dataSet,
      `select type, logical_type from parquet_schema('connections/**/*.parquet') where name = 'first_seen' limit 1`,
    );
    expect(column!.type).toBe('INT64');
    expect(column!.logical_type).toMatch(/Timestamp.*MICROS=Micro/);
  });

  it('are the same for the same capture, and leave other streams alone', async () => {
    const again = join(root, 'again');
    await analyzeInto(again, SAMPLES);
    expect(bytesOf(again)).toEqual(bytesOf(dataSet));
    await analyzeInto(again, ['ssh.pcap']);
    await analyzeInto(again, ['ssh.pcap']);
    const streams = readdirSync(join(again, 'connections')).sort();
    expect(streams).toEqual(['stream=demo', 'stream=ssh']);
    expect(readdirSync(again).sort()).toEqual([...TABLE_NAMES].sort());
  });

  it('stay as they were when the analysis is given up', async () => {
    const before = bytesOf(dataSet);
    const output = await openDataSet(dataSet, ['samples/demo.pcap']);
    output.connection(connection());
    output.discard();
    output.discard();
    expect(bytesOf(dataSet)).toEqual(before);
  });
});

describe('many days', () => {
  const DAY = 86_400;
  const write = async (name: string, times: readonly number[]) => {
    const folder = join(root, name);
    const writer = await DataSetWriter.open({ folder, stream: 's', part: 0, generator: 'dpi' });
    for (const [i, first_seen] of times.entries()) {
      writer.connection(connection({ id: i + 1, first_seen, last_seen: first_seen }));
    }
    writer.finish(fixtureSummary());
    return folder;
  };

  it('go to a folder each, in row groups and files that the rows in memory bound', async () => {
    // One day after the other, again and again: more days than may have an open file.
    const folder = await write(
      'days',
      Array.from({ length: 20_000 }, (_, i) => (i % 40) * DAY),
    );
    const [sums] = await duck(
      folder,
      `select count(*) n, count(distinct day) d, sum(id)::bigint ids ${from('connections')}`,
    );
    expect(sums).toEqual({ n: '20000', d: '40', ids: String((20_000 * 20_001) / 2) });
    const groups = await duck(
      folder,
      `select max(row_group_num_rows) m from parquet_metadata('connections/**/*.parquet')`,
    );
    expect(Number(groups[0]!.m)).toBeLessThanOrEqual(8_192);
  });

  it('beyond five hundred, and stamps that no calendar has, go to one without a day', async () => {
    const times = [...Array.from({ length: 600 }, (_, i) => i * DAY), 1e13, 9e15];
    const folder = await write('wild', times);
    const [sums] = await duck(folder, `select count(*) n, count(day) dated ${from('connections')}`);
    expect(sums).toEqual({ n: '602', dated: '500' });
    const [last] = await duck(folder, `select max(epoch_us(first_seen)) m ${from('connections')}`);
    expect(last!.m).toBe(String(2n ** 63n - 2n));
  });
});

describe('dpi analyze --parquet', () => {
  it('writes the data set beside the report, and refuses a folder that it cannot make', async () => {
    await ensureBuilt();
    const folder = join(root, 'command');
    const args = ['analyze', '-q', '--no-stored-rules', '--json', 'samples/demo.pcap', '--parquet'];
    const { stdout, exitCode } = await runDpi([...args, folder]);
    const report = JSON.parse(String(stdout));
    expect(exitCode).toBe(0);
    const [sums] = await duck(folder, `select count(*) n, sum(bytes)::bigint b ${from('connections')}`);
    const bytes = report.connections.reduce((sum: number, c: ConnectionRecord) => sum + c.bytes, 0);
    expect(sums).toEqual({ n: String(report.total_connections), b: String(bytes) });
    const refused = await runDpi([...args, 'README.md/dataset']);
    expect([refused.exitCode, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toBe("dpi: can't write README.md/dataset: a part of the path is not a directory\n");
  });
});

describe('names of streams', () => {
  it('hold nothing that paths and readers take for something else', () => {
    expect(streamText('site a/eth0=1')).toBe('site_a_eth0_1');
    expect(streamText('../..')).toBe('stream');
    expect(streamOf(['in/ring_00001.pcapng.gz', 'x'])).toBe('ring_00001');
    expect(streamOf(['-'])).toBe('stdin');
  });
});

function sum(rows: readonly DuckRow[], key: string): number {
  return rows.reduce((total, row) => total + Number(row[key]), 0);
}

function bytesOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));
  return Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(folder, name)).toString('base64')]));
}
