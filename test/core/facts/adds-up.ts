import { expect } from 'vitest';
import type { ConnectionRecord, Report } from '../../../src/core/report/model.js';
import { analyzeCaptures } from '../../../src/usecases/analyze/analyze.js';

const sum = <T>(rows: readonly T[], amount: (row: T) => number) => rows.reduce((total, row) => total + amount(row), 0);

function fail(problem: string): never {
  throw new Error(problem);
}

/** The report about a capture, with all of its connections. */
export async function fullReport(path: string): Promise<Report> {
  const connections: ConnectionRecord[] = [];
  const { summary } = await analyzeCaptures([path], { onConnection: (connection) => connections.push(connection) });
  return { ...summary, connections };
}

/** Fails unless the parts of the report add up to its totals. */
export function expectSums(report: Report): void {
  const { labels, protocols, apps, connections } = report;
  const lookups = connections.filter((one) => one.is_lookup).length;

  for (const rows of [labels, protocols, apps]) {
    expect(sum<{ packets: number }>(rows, (row) => row.packets)).toBe(report.total_packets);
    expect(sum<{ bytes: number }>(rows, (row) => row.bytes)).toBe(report.total_bytes);
  }
  const { hosts, pairs } = report;
  for (const key of ['packets_out', 'packets_in'] as const)
    expect(sum(hosts, (row) => row[key])).toBe(report.total_packets);
  for (const key of ['bytes_out', 'bytes_in'] as const) expect(sum(hosts, (row) => row[key])).toBe(report.total_bytes);
  expect(sum(hosts, (row) => row.connections_as_client)).toBe(report.total_connections - lookups);
  expect(sum(hosts, (row) => row.connections_as_server)).toBe(report.total_connections - lookups);
  for (const row of hosts.filter(({ address }) => address !== 'other')) {
    expect(sum(row.labels, ({ bytes }) => bytes)).toBe(row.bytes_out + row.bytes_in);
  }
  expect(sum(pairs, (row) => row.connections)).toBe(report.total_connections);
  expect(sum(pairs, (row) => row.bytes)).toBe(sum(connections, (row) => row.bytes));
  if (report.total_packets === 0) {
    expect(report.timeline).toBeNull();
    return;
  }
  const timeline = report.timeline ?? fail('no timeline');
  for (const rows of [[timeline.total], timeline.labels]) {
    expect(sum(rows, (row) => sum(row.packets, (n) => n))).toBe(report.total_packets);
    expect(sum(rows, (row) => sum(row.bytes, (n) => n))).toBe(report.total_bytes);
  }
  for (const { label, bytes } of timeline.labels.filter((row) => row.label !== 'other')) {
    expect(sum(bytes, (n) => n)).toBe(labels.find((row) => row.label === label)?.bytes);
  }
  expect(sum(timeline.begun, (n) => n)).toBe(report.total_connections);
  expect(sum(timeline.ended, (n) => n)).toBe(report.total_connections);
  expect(sum(labels, (row) => row.connections)).toBe(report.total_connections - lookups);
  expect(sum(labels, (row) => row.lookups)).toBe(lookups);
  expect(sum(protocols, (row) => row.connections)).toBe(report.total_connections);
  for (const { label, connections: count, lookups: asked } of labels) {
    const own = connections.filter((one) => one.label === label);
    expect(own.filter((one) => !one.is_lookup).length).toBe(count);
    expect(own.filter((one) => one.is_lookup).length).toBe(asked);
  }
}
