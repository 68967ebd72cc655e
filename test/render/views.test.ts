/** Each list of the report in each form, as demo.pcap has it; `--update` behind the name of this file rewrites them. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionRecord, ReportSummary } from '../../src/core/report/model.js';
import { PLAIN } from '../../src/render/paint.js';
import type { ReportEnd } from '../../src/render/report-format.js';
import type { ViewForm } from '../../src/render/views/view.js';
import { VIEW_NAMES, type ViewName, viewSpec } from '../../src/render/views/views.js';
import { analyzeCaptures } from '../../src/usecases/analyze/analyze.js';
import { connection, reportEnd, summary } from '../support/report-fixture.js';

const DEMO = 'samples/demo.pcap';
const ALL = Number.POSITIVE_INFINITY;

async function rendered(
  name: ViewName,
  form: ViewForm,
  { end, connections }: { end: ReportEnd; connections: readonly ConnectionRecord[] },
  { width = 80, top = ALL } = {},
): Promise<string> {
  const spec = viewSpec(name, form);
  let text = '';
  const create = await spec.load();
  const format = create(
    (piece) => {
      text += piece;
    },
    { width, paint: PLAIN, top },
  );
  if (spec.listsConnections) for (const one of connections) format.connection(one);
  format.finish(end);
  return text;
}

/** The report of the demo with what the view asks for, and nothing else. */
async function demo(name: ViewName) {
  const { facts, needsHandshakes } = viewSpec(name, 'json');
  const connections: ConnectionRecord[] = [];
  const { summary, top } = await analyzeCaptures([DEMO], {
    facts,
    handshakes: needsHandshakes,
    top: ALL,
    ...(name === 'connections' && { onConnection: (one: ConnectionRecord) => connections.push(one) }),
  });
  return { end: { summary, topConnections: top, elapsedMs: null }, connections };
}

/** The rows that the whole report has of each view. */
const COUNTS: Readonly<Record<ViewName, (whole: ReportSummary) => number>> = {
  hosts: ({ hosts }) => hosts.length,
  pairs: ({ pairs }) => pairs.length,
  labels: ({ labels }) => labels.length,
  protocols: ({ protocols }) => protocols.length,
  domains: ({ domains_detected }) => domains_detected.length,
  connections: ({ total_connections }) => total_connections,
  timeline: ({ timeline }) => timeline!.buckets,
  quality: ({ quality }) => quality!.labels.length,
  tls: ({ tls }) => {
    const { certificates, post_quantum, ech, ...counted } = tls!;
    const others = [...Object.values(post_quantum), ech.offered].filter((count) => count > 0).length;
    return Object.values(counted).reduce((sum, one) => sum + Object.keys(one).length, certificates.length + others);
  },
  dns: ({ dns }) => dns!.servers.length,
};

/** The part of the whole report that the rows of a view are, where they are one. */
const LISTS: Partial<Record<ViewName, (whole: ReportSummary) => unknown>> = {
  hosts: ({ hosts }) => hosts,
  pairs: ({ pairs }) => pairs,
  labels: ({ labels }) => labels,
  protocols: ({ protocols }) => protocols,
  domains: ({ domains_detected }) => domains_detected,
  quality: ({ quality }) => quality!.labels,
  dns: ({ dns }) => dns!.servers,
};

let whole: ReportSummary;
let wholeConnections: ConnectionRecord[];

beforeAll(async () => {
  wholeConnections = [];
  ({ summary: whole } = await analyzeCaptures([DEMO], { onConnection: (one) => wholeConnections.push(one) }));
});

describe.each(VIEW_NAMES)('--view %s', (name) => {
  let report: Awaited<ReturnType<typeof demo>>;
  beforeAll(async () => {
    report = await demo(name);
  });

  it.each([80, 120])('as a table of %i columns', async (width) => {
    const text = await rendered(name, 'table', report, { width });
    await expect(text).toMatchFileSnapshot(`golden/views/${name}-${width}.txt`);
    const lines = text.trimEnd().split('\n');
    expect(lines.filter(({ length }) => length > width)).toEqual([]);
    expect(lines.length - 1).toBe(COUNTS[name](whole));
  });

  it('as JSON', async () => {
    const text = await rendered(name, 'json', report);
    const { rows, ...head } = JSON.parse(text);
    expect(head).toEqual({ schema_version: whole.schema_version, generator: whole.generator, view: name });
    expect(rows.length).toBe(COUNTS[name](whole));
    if (LISTS[name] !== undefined) expect(rows).toEqual(LISTS[name](whole));
    if (name === 'connections') expect(rows).toEqual(wholeConnections);
    const versionless = text.replace(whole.generator, 'dpi');
    await expect(versionless).toMatchFileSnapshot(`golden/views/${name}.json`);
  });

  it('as CSV', async () => {
    const text = await rendered(name, 'csv', report);
    await expect(text).toMatchFileSnapshot(`golden/views/${name}.csv`);
    expect(text.trimEnd().split('\n').length - 1).toBe(COUNTS[name](whole));
  });

  it('is short where --top says so, and says how much is left', async () => {
    const { topConnections } = report.end;
    const end = { ...report.end, topConnections: topConnections.slice(0, 1) };
    const table = await rendered(name, 'table', { ...report, end }, { top: 1 });
    const count = COUNTS[name](whole);
    expect(table.split('\n')[2]).toBe(count > 1 ? ` … ${count - 1} more` : '');
    const cut = { end, connections: topConnections.slice(0, 1) };
    expect(JSON.parse(await rendered(name, 'json', cut, { top: 1 })).rows).toHaveLength(1);
    expect((await rendered(name, 'csv', cut, { top: 1 })).trimEnd().split('\n')).toHaveLength(2);
  });

  it('says so where there is nothing', async () => {
    const end = reportEnd({
      summary: summary({
        total_connections: 0,
        hosts: [],
        pairs: [],
        labels: [],
        protocols: [],
        domains_detected: [],
        timeline: null,
        quality: null,
        tls: null,
        dns: null,
      }),
      topConnections: [],
    });
    const nothing = { end, connections: [] };
    expect(await rendered(name, 'table', nothing)).toBe(' no rows\n');
    expect(JSON.parse(await rendered(name, 'json', nothing)).rows).toEqual([]);
    expect((await rendered(name, 'csv', nothing)).split('\n')).toHaveLength(2);
  });
});

describe('names from the wire', () => {
  const hostile = '\x1b]0;owned\x07=cmd\u202e,"\n';
  const amounts = { connections: 1, packets: 1, bytes: 1 };
  const end = reportEnd({
    summary: summary({
      pairs: [{ client: hostile, server: hostile, label: hostile, ...amounts }],
      labels: [{ label: hostile, kind: 'app', category: hostile, lookups: 0, ...amounts }],
      protocols: [{ protocol: hostile, ...amounts }],
      domains_detected: [{ domain: hostile, app: hostile, ...amounts }],
      hosts: [
        {
          address: hostile,
          mac: hostile,
          names: [{ name: hostile, source: 'dhcp' }],
          roles: [hostile],
          packets_out: 1,
          packets_in: 1,
          bytes_out: 1,
          bytes_in: 1,
          connections_as_client: 1,
          connections_as_server: 1,
          lookups: 1,
          rtt_ms: 1,
          retransmitted_packets: 1,
          labels: [{ label: hostile, bytes: 1 }],
          first_seen: 1e300,
          last_seen: -1e300,
        },
      ],
    }),
    topConnections: [connection({ domain: hostile, label: hostile, blocked: true, blocked_by: hostile })],
  });
  const connections = end.topConnections;

  it.each(VIEW_NAMES)('are harmless in --view %s', async (name) => {
    for (const form of ['table', 'json', 'csv'] as const) {
      const text = await rendered(name, form, { end, connections });
      expect(text.replaceAll('\n', ''), form).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }
  });
});
