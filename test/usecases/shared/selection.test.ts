/** What a selection leaves of a report, by the expressions that docs/json.md shows for the whole report. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ConnectionRecord, Report } from '../../../src/core/report/model.js';
import type { SelectionTexts } from '../../../src/core/select/selection.js';
import { analyze, explain, filter } from '../../../src/index.js';

const SAMPLES = resolve(import.meta.dirname, '../../../samples');
const DEMO = join(SAMPLES, 'demo.pcap');
const folder = mkdtempSync(join(tmpdir(), 'dpi-select-'));
afterAll(() => rmSync(folder, { recursive: true }));

const whole = await analyze(DEMO);

function sum(rows: readonly ConnectionRecord[], key: 'packets' | 'bytes'): number {
  return rows.reduce((total, row) => total + row[key], 0);
}

/** The report of a selection is that of these connections, in the capture's numbers. */
function expectOnly(report: Report, wanted: readonly ConnectionRecord[]): void {
  expect(report.connections).toEqual(wanted);
  expect(report.selected).toEqual({
    connections: wanted.length,
    packets: sum(wanted, 'packets'),
    bytes: sum(wanted, 'bytes'),
  });
  const { packets, bytes } = report.selected!;
  const totals = { packets, bytes };
  for (const rows of [report.apps, report.labels, report.protocols]) {
    const sums = rows.reduce((all, row) => ({ packets: all.packets + row.packets, bytes: all.bytes + row.bytes }), {
      packets: 0,
      bytes: 0,
    });
    expect(sums).toEqual(totals);
  }
  const total = (numbers: readonly number[]) => numbers.reduce((all, n) => all + n, 0);
  expect(total(report.hosts.map((host) => host.bytes_out))).toBe(bytes);
  expect(total(report.hosts.map((host) => host.packets_in))).toBe(packets);
  expect(total(report.pairs.map((pair) => pair.bytes))).toBe(bytes);
  expect(total(report.timeline?.total.packets ?? [])).toBe(packets);
  expect(total(report.timeline?.total.bytes ?? [])).toBe(bytes);
  expect(total(report.timeline?.begun ?? [])).toBe(wanted.length);
  const names = new Set(wanted.flatMap(({ domains }) => domains));
  expect(new Set(report.domains_detected.map(({ domain }) => domain))).toEqual(names);
  for (const key of [
    'total_packets',
    'total_bytes',
    'total_connections',
    'first_seen',
    'anomalies',
    'rules',
  ] as const) {
    expect(report[key]).toEqual(whole[key]);
  }
}

describe('a selection', () => {
  const begin = whole.first_seen!;
  const isVideo = (name: string) => whole.apps.some(({ app, category }) => app === name && category === 'video');
  it.each<[SelectionTexts, (one: ConnectionRecord) => boolean]>([
    [{ app: ['YOUTUBE'] }, ({ app }) => app === 'YOUTUBE'],
    [{ where: 'app == YOUTUBE' }, ({ app }) => app === 'YOUTUBE'],
    [
      { app: ['YOUTUBE'], since: '500ms', until: '600ms' },
      (one) => one.app === 'YOUTUBE' && one.last_seen >= begin + 0.5 && one.first_seen <= begin + 0.6,
    ],
    [
      { where: 'app == YOUTUBE and last_seen >= 500ms and first_seen <= 600ms' },
      (one) => one.app === 'YOUTUBE' && one.last_seen >= begin + 0.5 && one.first_seen <= begin + 0.6,
    ],
    [{ since: '2s' }, (one) => one.last_seen >= begin + 2],
    [{ until: '1s' }, (one) => one.first_seen <= begin + 1],
    [
      { since: String(begin + 1), until: String(begin + 2) },
      (one) => one.last_seen >= begin + 1 && one.first_seen <= begin + 2,
    ],
    [{ proto: ['quic', 'ssh'] }, (one) => one.app_protocol === 'quic' || one.app_protocol === 'ssh'],
    [{ port: ['443'], proto: ['tcp'] }, (one) => one.dst_port === 443 && one.protocol === 'TCP'],
    [{ domain: ['youtube.com'] }, (one) => one.domains.some((name) => /(^|\.)youtube\.com$/.test(name))],
    [{ category: ['video'] }, (one) => isVideo(one.app)],
    [{ where: 'bytes > 5k and not is_lookup' }, (one) => one.bytes > 5000 && !one.is_lookup],
    [{ where: 'alpn == h2 or quic_version != null' }, (one) => one.alpn === 'h2' || one.quic_version !== null],
    [{ where: 'bytes > 1G' }, () => false],
  ])('%j picks what a filter of the whole report picks', async (select, picks) => {
    expectOnly(await analyze(DEMO, { select }), whole.connections.filter(picks));
  });

  it('has the details of handshakes although no connection is written', async () => {
    const { selected } = await analyze(DEMO, { select: { where: "tls_version == '1.3'" } });
    expect(selected!.connections).toBe(whole.connections.filter((one) => one.tls_version === '1.3').length);
    expect(selected!.connections).toBeGreaterThan(0);
  });

  it('leaves the decisions of rules as they are', async () => {
    const rules = {
      ofCall: [{ type: 'app', action: 'block', option: '--block-app', texts: ['YOUTUBE'] }] as const,
      stored: null,
      strict: false,
      env: {},
    };
    const all = await analyze(DEMO, { rules });
    const some = await analyze(DEMO, { rules, select: { app: ['NETFLIX'] } });
    expect(some.dropped_packets).toBe(all.dropped_packets);
    expect(some.blocked_connections).toBe(all.blocked_connections);
    expect(some.rules).toEqual(all.rules);
    const blocked = await analyze(DEMO, { rules, select: { where: 'blocked' } });
    expect(blocked.connections).toEqual(all.connections.filter((one) => one.blocked));
  });

  it('narrows what is explained', async () => {
    const { explanations, connections } = await explain(DEMO, 'YOUTUBE', { select: { proto: ['quic'] } });
    const wanted = whole.connections.filter((one) => one.app === 'YOUTUBE' && one.app_protocol === 'quic');
    expect(explanations.map(({ connection }) => connection.id)).toEqual(
      wanted.map(({ id }) => id).sort((a, b) => a - b),
    );
    expect(connections).toBe(whole.total_connections);
  });

  it('refuses mistakes before anything is read', async () => {
    await expect(analyze('no-such-file', { select: { app: ['YOUTUB'] } })).rejects.toThrow('--app: ');
    await expect(analyze('no-such-file', { select: { where: 'byts > 1' } })).rejects.toThrow('--where, column 1: ');
  });
});

describe('filter keeps what is selected', () => {
  it.each<[SelectionTexts, (one: ConnectionRecord) => boolean]>([
    [{ proto: ['quic'] }, (one) => one.app_protocol === 'quic'],
    [{ where: 'app == YOUTUBE and dst_port == 443' }, (one) => one.app === 'YOUTUBE' && one.dst_port === 443],
    [{ host: ['www.youtube.com'] }, (one) => one.domains.includes('www.youtube.com')],
    [{ until: '1s' }, (one) => one.first_seen <= whole.first_seen! + 1],
    [{ where: "tls_version == '1.3'" }, (one) => one.tls_version === '1.3'],
  ])('%j, whole, and nothing else', async (select, picks) => {
    const output = join(folder, 'out.pcap');
    const { summary } = await filter(DEMO, output, { select });
    const wanted = whole.connections.filter(picks);
    expect(wanted.length).toBeGreaterThan(0);
    expect(summary.mode).toBe('keep');
    expect(summary.kept_packets).toBe(sum(wanted, 'packets'));
    expect(summary.blocked_connections).toBe(whole.total_connections - wanted.length);
    const kept = await analyze(output);
    expect(kept.total_bytes).toBe(sum(wanted, 'bytes'));
    expect(kept.total_connections).toBe(wanted.length);
  });

  it('with one value of each kind', async () => {
    const keep = (type: 'app' | 'port' | 'ip', ...texts: string[]) =>
      ({ type, action: 'block', option: `--keep-${type}`, texts }) as const;
    const both = await filter(DEMO, null, {
      keep: [keep('app', 'YOUTUBE', 'NETFLIX'), keep('port', 'udp/443')],
      dryRun: true,
    });
    const wanted = whole.connections.filter(
      (one) => ['YOUTUBE', 'NETFLIX'].includes(one.app) && one.dst_port === 443 && one.protocol === 'UDP',
    );
    expect(both.summary.kept_packets).toBe(sum(wanted, 'packets'));
    const net = await filter(DEMO, null, {
      keep: [keep('ip', '203.0.113.80')],
      select: { proto: ['ssh'] },
      dryRun: true,
    });
    expect(net.summary.kept_packets).toBe(
      sum(
        whole.connections.filter((one) => one.app_protocol === 'ssh'),
        'packets',
      ),
    );
  });
});
