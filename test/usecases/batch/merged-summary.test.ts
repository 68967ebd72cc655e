/** The summaries of many streams, added up to one. */
import { describe, expect, it } from 'vitest';
import type { ReportSummary } from '../../../src/core/report/model.js';
import { analyze } from '../../../src/index.js';
import { MergedSummary } from '../../../src/usecases/batch/merged-summary.js';
import { mergedTimeline } from '../../../src/usecases/batch/merged-timeline.js';

async function summaryOf(sample: string): Promise<ReportSummary> {
  const { connections: _, ...summary } = await analyze(`samples/${sample}`);
  return summary;
}

function merged(...summaries: readonly ReportSummary[]): ReportSummary {
  const sum = new MergedSummary();
  summaries.forEach((summary, i) => {
    sum.add(`stream-${i}`, summary);
  });
  return sum.merged()!;
}

const sums = <Row extends object>(rows: readonly Row[], key: keyof Row) =>
  rows.reduce((sum, row) => sum + Number(row[key]), 0);

describe('the summary of a run', () => {
  it('is that of its only stream', async () => {
    const summary = await summaryOf('demo.pcap');
    const one = merged(summary);
    for (const key of ['hosts', 'labels', 'apps', 'protocols', 'domains_detected'] as const) {
      expect(new Set<object>(one[key])).toEqual(new Set<object>(summary[key]));
    }
    const { tls, quality, dns, total_bytes, total_connections, clients } = summary;
    expect(one).toMatchObject({ total_bytes, total_connections, clients, tls, quality, dns, warnings: [] });
  });

  it('adds up, whatever the order', async () => {
    const all = await Promise.all(['demo.pcap', 'curl-ipv6.pcap', 'dig-dns.pcap'].map(summaryOf));
    const one = merged(...all);
    const other = merged(...all.toReversed());
    for (const key of ['labels', 'apps', 'quality', 'dns', 'tls', 'timeline', 'first_seen', 'last_seen'] as const) {
      expect(other[key]).toEqual(one[key]);
    }
    expect(one.total_bytes).toBe(sums(all, 'total_bytes'));
    expect(sums(one.labels, 'bytes')).toBe(one.total_bytes);
    expect(sums(one.hosts, 'bytes_out')).toBe(one.total_bytes);
    expect(one.timeline!.total.bytes.reduce((a, b) => a + b)).toBe(one.total_bytes);
    expect(one.dns!.queries).toBe(all.reduce((sum, { dns }) => sum + dns!.queries, 0));
    expect(one.quality!.rtt_ms.count).toBe(all.reduce((sum, { quality }) => sum + quality!.rtt_ms.count, 0));
    expect(new Set(one.hosts.map(({ address }) => address)).size).toBe(one.hosts.length);
    expect(one.clients).toBe(one.hosts.filter((host) => host.connections_as_client > 0).length);
    expect(one.warnings.at(-1)).toContain('medians');
  });

  it('counts each byte once in the timeline of more streams than are kept at a time', async () => {
    const summary = await summaryOf('dig-dns.pcap');
    const streams = Array.from({ length: 600 }, (_, i) => {
      const timeline = { ...summary.timeline!, start: summary.timeline!.start + i * 1000 };
      return { ...summary, timeline };
    });
    const { timeline, total_bytes } = merged(...streams);
    expect(total_bytes).toBe(600 * summary.total_bytes);
    expect(timeline!.total.bytes.reduce((a, b) => a + b)).toBe(total_bytes);
    for (const { label, bytes } of summary.timeline!.labels) {
      const row = timeline!.labels.find((one) => one.label === label)!;
      expect(row.bytes.reduce((a, b) => a + b)).toBe(600 * bytes.reduce((a, b) => a + b));
    }
  });

  it('keeps what one stream did not measure, and marks hosts with two MAC addresses', async () => {
    const summary = await summaryOf('demo.pcap');
    const host = summary.hosts[0]!;
    const elsewhere = {
      ...summary,
      quality: null,
      dns: null,
      tls: null,
      hosts: [{ ...host, mac: '02:00:00:00:00:99' }],
    };
    const one = merged(elsewhere, { ...summary, hosts: [{ ...host, mac: '02:00:00:00:00:98' }] });
    expect(one.quality).toEqual(summary.quality);
    expect(one.tls).toEqual(summary.tls);
    expect(one.hosts[0]).toMatchObject({ address: host.address, mac: null, bytes_out: 2 * host.bytes_out });
  });

  it('is null without results', () => {
    expect(new MergedSummary().merged()).toBeNull();
  });

  it('keeps warnings within bounds', async () => {
    const summary = await summaryOf('demo.pcap');
    const many = { ...summary, warnings: Array.from({ length: 80 }, (_, i) => `warning ${i}`) };
    const { warnings } = merged(many);
    expect(warnings).toHaveLength(51);
    expect(warnings[50]).toContain('30 more');
  });
});

describe('a merged timeline', () => {
  const timeline = (start: number, interval: number, bytes: number[], label = 'A') => {
    const amounts = { bytes, packets: bytes.map(() => 1) };
    const zeros = bytes.map(() => 0);
    const total = structuredClone(amounts);
    return {
      start,
      interval,
      buckets: bytes.length,
      total,
      labels: [{ label, ...amounts }],
      begun: zeros,
      ended: zeros,
    };
  };

  it('takes the widest bucket, and keeps every byte', () => {
    const one = mergedTimeline([timeline(1000, 1, [1, 2, 3]), timeline(1090, 10, [4, 5], 'B')])!;
    expect(one).toMatchObject({ start: 1000, interval: 10, buckets: 11 });
    expect(one.total.bytes).toEqual([6, 0, 0, 0, 0, 0, 0, 0, 0, 4, 5]);
    expect(one.labels.map(({ label }) => label)).toEqual(['B', 'A']);
  });

  it('has few buckets however long it is', () => {
    const one = mergedTimeline([timeline(0, 1, [1]), timeline(1e9, 1, [2])])!;
    expect(one.buckets).toBeLessThanOrEqual(512);
    expect(one.total.bytes.reduce((a, b) => a + b)).toBe(3);
    expect(one.interval % 86_400).toBe(0);
  });
});
