/** What a page shows of a selection: the numbers of a report that `dpi analyze` makes of the same selection. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HostRow } from '../../src/core/report/model.js';
import { analyze } from '../../src/index.js';
import { selectingWords } from '../../src/page/data/command.js';
import { countsOf } from '../../src/page/data/counts.js';
import { Crossfilter } from '../../src/page/data/crossfilter.js';
import { hostRows } from '../../src/page/data/host-rows.js';
import { labelRows } from '../../src/page/data/label-rows.js';
import { stateFromHash } from '../../src/page/data/page-address.js';
import { qualityOfAll } from '../../src/page/data/quality-rows.js';
import { connectionsUntold } from '../../src/page/data/rest.js';
import { NOTHING_SELECTED, type Selection } from '../../src/page/data/selection.js';
import { coarser, timeStack } from '../../src/page/data/time-series.js';
import { totalsOf } from '../../src/page/data/totals.js';
import { pageData } from './page-data.js';

const DEMO = resolve(import.meta.dirname, '../../samples/demo.pcap');
const report = await analyze(DEMO);
const data = await pageData(report);

/** What a page shows when its address ends in this hash. */
function at(hash: string, of = data) {
  const { selection } = stateFromHash(hash);
  const filter = new Crossfilter(of);
  return { filter, selection, selected: filter.select(selection) };
}

/** Without the facets that each view leaves out of its own selection. */
function withoutKind(selection: Selection, kind: string): string {
  return selection
    .filter((one) => one.kind !== kind)
    .map((one) =>
      one.kind === 'period'
        ? `period=${one.period.from}-${one.period.to}`
        : 'value' in one
          ? `${one.kind}=${encodeURIComponent(one.value)}`
          : '',
    )
    .join('&');
}

async function reportOf(selection: Selection) {
  const words = selectingWords(selection)!;
  return analyze(DEMO, {
    select: { since: words.since ?? undefined, until: words.until ?? undefined, where: words.where ?? undefined },
  });
}

const amounts = ({
  address,
  bytes_out,
  bytes_in,
  packets_out,
  packets_in,
  connections_as_client,
  connections_as_server,
  lookups,
  labels,
}: HostRow) => ({
  address,
  bytes_out,
  bytes_in,
  packets_out,
  packets_in,
  connections_as_client,
  connections_as_server,
  lookups,
  labels: labels.toSorted((a, b) => (a.label < b.label ? -1 : 1)),
});
const byAddress = (a: { address: string }, b: { address: string }) => (a.address < b.address ? -1 : 1);

it('holds every connection whole', () => {
  const records = Array.from({ length: data.count }, (_, row) => data.record(row));
  expect(records).toEqual(report.connections.toSorted((a, b) => a.first_seen - b.first_seen || a.id - b.id));
});

it("shows the report's own sums without a selection", () => {
  const { selected } = at('');
  expect(labelRows(selected)).toEqual(report.labels);
  expect(hostRows(selected)).toEqual(report.hosts);
  const { packets, bytes, connections, lookups } = totalsOf(selected);
  expect({ packets, bytes, connections: connections + lookups }).toEqual({
    packets: report.total_packets,
    bytes: report.total_bytes,
    connections: report.total_connections,
  });
});

describe.each([
  '#label=YOUTUBE',
  '#label=YOUTUBE&label=DISCORD',
  '#host=203.0.113.12',
  '#host=2001:db8:c::10&label=WIKIPEDIA',
  '#period=1795371753.5-1795371754',
  '#trait=reset',
  '#trait=reset-by-server&trait=lookup',
  '#protocol=quic&host=192.0.2.10',
  '#protocol=',
  '#domain=discord.com',
  '#state=closed',
  '#reason=unlisted-name',
  '#tls=1.2',
  '#tls=1.2&tls=',
  '#alpn=h3&period=1795371753.5-1795371754',
  '#cipher=TLS_AES_128_GCM_SHA256',
  '#label=ssh&label=nothing',
  '#label=nothing',
])('%s', (hash) => {
  it('selects what the command line of the page selects', async () => {
    const { selected, selection } = at(hash);
    const wanted = (await reportOf(selection)).selected!;
    const { packets, bytes, connections, lookups } = totalsOf(selected);
    expect({ packets, bytes, connections: connections + lookups }).toEqual(wanted);
  });

  it('sums up labels and hosts by all that is selected besides', async () => {
    const { selected, selection } = at(hash);
    const byLabel = stateFromHash(withoutKind(selection, 'label')).selection;
    expect(labelRows(selected)).toEqual((await reportOf(byLabel)).labels);
    const byHost = stateFromHash(withoutKind(selection, 'host')).selection;
    const hosts = (await reportOf(byHost)).hosts.filter(({ address }) => address !== 'other');
    expect(hostRows(selected).map(amounts).toSorted(byAddress)).toEqual(hosts.map(amounts).toSorted(byAddress));
  });
});

it('counts connections by value as the report does', () => {
  const { filter, selected } = at('');
  const counts = (facet: Parameters<typeof countsOf>[2]) =>
    Object.fromEntries(countsOf(filter, selected, facet).map(({ value, connections }) => [value, connections]));
  expect(counts('tls')).toEqual(report.tls!.versions);
  expect(counts('alpn')).toEqual(report.tls!.alpn);
  expect(counts('cipher')).toEqual(report.tls!.ciphers);
  expect(counts('group')).toEqual(report.tls!.groups);
  expect(counts('quic')).toEqual(report.quic!.versions);
  expect(counts('reason')).toEqual(report.unknown_reasons);
  expect(counts('protocol')).toEqual(report.app_protocols);
  expect(counts('ja4')).toEqual(report.tls!.ja4);
});

it('measures the quality that the report has', () => {
  const quality = qualityOfAll(at('').selected);
  expect(quality).toMatchObject({
    rttCount: report.quality!.rtt_ms.count,
    retransmitted: report.quality!.retransmitted_packets,
    lost: report.quality!.lost_segments,
    resets: report.quality!.resets.client + report.quality!.resets.server,
    refused: report.quality!.refused,
    unanswered: report.quality!.unanswered,
    failedHandshakes: report.quality!.failed_handshakes,
  });
});

describe('a search', () => {
  const ids = (hash: string) => {
    const { selected } = at(hash);
    return [...selected.rows()].map((row) => data.numbers('id')[row]!);
  };
  const idsOf = (fits: (c: (typeof report.connections)[number]) => boolean) =>
    report.connections
      .filter(fits)
      .map(({ id }) => id)
      .toSorted((a, b) => a - b);

  it('finds parts of names, in any case', () => {
    const found = ids('#search=GoogleVideo').toSorted((a, b) => a - b);
    expect(found).toEqual(idsOf((c) => [...c.domains, ...c.cert_names].some((name) => name.includes('googlevideo'))));
    expect(found.length).toBeGreaterThan(0);
  });

  it('narrows by each word, by ports and by numbers', () => {
    expect(ids('#search=203.0.113.12 quic :443')).toEqual(
      idsOf((c) => c.dst_ip === '203.0.113.12' && c.app_protocol === 'quic'),
    );
    expect(ids('#search=%2317')).toEqual([17]);
    expect(ids('#search=nothing of the kind')).toEqual([]);
  });

  it('has no command line', () => {
    expect(selectingWords(stateFromHash('#search=x&label=YOUTUBE').selection)).toBeNull();
  });
});

describe('traffic over time', () => {
  const sumOf = (values: Iterable<number>) => [...values].reduce((sum, n) => sum + n, 0);
  const bytesIn = (hash: string, by: 'label' | 'client' = 'label') =>
    sumOf(timeStack(at(hash).selected, by, 8)!.series.map(({ bytes }) => sumOf(bytes)));

  it('is counted by label, and that of labels alone', () => {
    const whole = timeStack(at('').selected, 'label', 30)!;
    expect(whole.isCounted).toBe(true);
    expect(whole.series.map(({ name, bytes }) => [name, [...bytes]])).toEqual(
      report.timeline!.labels.map(({ label, bytes }) => [label, bytes]),
    );
    const youtube = timeStack(at('#label=YOUTUBE').selected, 'label', 8)!;
    expect(youtube.isCounted).toBe(true);
    expect([...youtube.series[0]!.bytes]).toEqual(
      report.timeline!.labels.find(({ label }) => label === 'YOUTUBE')!.bytes,
    );
  });

  it('is spread from connections else, without losing a byte', () => {
    expect(timeStack(at('#trait=reset').selected, 'label', 8)!.isCounted).toBe(false);
    expect(bytesIn('#trait=reset')).toBeCloseTo(totalsOf(at('#trait=reset').selected).bytes, 3);
    expect(bytesIn('', 'client')).toBeCloseTo(report.total_bytes, 3);
    expect(bytesIn('#host=203.0.113.12')).toBeCloseTo(totalsOf(at('#host=203.0.113.12').selected).bytes, 3);
  });

  it('keeps its sums in fewer steps', () => {
    const whole = timeStack(at('').selected, 'label', 3)!;
    const coarse = coarser(whole, 50);
    expect(coarse.buckets).toBeLessThanOrEqual(50);
    expect(sumOf(coarse.series.flatMap(({ bytes }) => [...bytes]))).toBe(report.total_bytes);
    expect(whole.series.at(-1)!.name).toBe('other');
  });
});

describe('a capture with more connections than a page lists', () => {
  it('is exact for labels and hosts all the same', async () => {
    const few = await pageData(report, { maxConnections: 10 });
    expect(few.count).toBe(10);
    expect(few.restConnections).toBe(report.total_connections - 10);
    for (const hash of ['', '#label=YOUTUBE', '#host=192.0.2.1', '#host=203.0.113.12&label=YOUTUBE', '#label=dns']) {
      const { selected } = at(hash, few);
      expect(totalsOf(selected)).toEqual(totalsOf(at(hash).selected));
      expect(labelRows(selected)).toEqual(labelRows(at(hash).selected));
      expect(connectionsUntold(selected)).toBe(0);
    }
  });

  it('says how many are left out of any other selection', async () => {
    const few = await pageData(report, { maxConnections: 10 });
    expect(connectionsUntold(at('#trait=reset', few).selected)).toBe(report.total_connections - 10);
  });

  it('lists none but sums all', async () => {
    const none = await pageData(report, { maxConnections: 0 });
    expect(totalsOf(at('#label=YOUTUBE', none).selected)).toEqual(totalsOf(at('#label=YOUTUBE').selected));
  });
});

it('shows an empty capture', async () => {
  const empty = await pageData({ ...report, connections: [], labels: [], hosts: [], timeline: null, apps: [] });
  const selected = new Crossfilter(empty).select(NOTHING_SELECTED);
  expect(totalsOf(selected).bytes).toBe(0);
  expect(timeStack(selected, 'label', 8)).toBeNull();
});
