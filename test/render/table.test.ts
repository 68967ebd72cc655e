import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { ConnectionRecord } from '../../src/core/report/model.js';
import { loadPaint, PLAIN } from '../../src/render/paint.js';
import { tableFormat, tableLines } from '../../src/render/table.js';
import { connection, connections, reportEnd, summary } from '../support/report-fixture.js';

const WIDE_NAMES = [
  '例え.テスト.日本語ドメイン名例え.日本語.コム',
  `${'e\u0301'.repeat(60)}.example`,
  '👩‍👩‍👧‍👦'.repeat(20),
  'x'.repeat(1024),
  '\x1b[31m'.repeat(100),
];

function manyConnections(): ConnectionRecord[] {
  const named = WIDE_NAMES.map((name, i) =>
    connection({ domain: name, app: name, blocked: true, blocked_by: `domain:${name}`, id: 10 + i }),
  );
  return [...connections(), ...named];
}

function crowdedEnd() {
  const rows = WIDE_NAMES.map((name) => ({ connections: 12_345_678, packets: 1e12, bytes: 1e15, name }));
  return reportEnd({
    summary: summary({
      inputs: WIDE_NAMES.map((name) => ({
        name,
        format: 'pcap',
        compression: 'zstd',
        packets: 1e12,
        bytes: 1,
        damage: `the record at byte 1,234,567 (packet 8,765) of ${name} is cut off; 12 bytes are lost`,
      })),
      apps: [
        ...rows.map(({ name, ...row }) => ({ app: name, app_group: name, category: name, lookups: 1, ...row })),
        ...summary().apps,
      ],
      domains_detected: rows.map(({ name, ...row }) => ({ domain: name, app: name, ...row })),
      anomalies: Object.fromEntries(WIDE_NAMES.map((name) => [name, 1e9])),
      limits: { dns_answers: 12 },
      rules: {
        store: `/home/${'very-long/'.repeat(30)}rules.json`,
        count: 12,
        of_call: 0,
        decided: WIDE_NAMES.map((name) => ({
          rule: `domain:${name}`,
          action: 'block',
          connections: 1e9,
          packets: 1e12,
          bytes: 1e15,
          first_packet: 1e12,
        })),
        unused_count: 1e6,
        unused: WIDE_NAMES,
      },
      findings: WIDE_NAMES.map((name) => ({ condition: `domain:${name}`, connections: 1e9, packets: 1e12, bytes: 1 })),
    }),
    topConnections: manyConnections(),
  });
}

describe.each([20, 40, 80, 120, 130, 150, 200])('at %i columns', (width) => {
  it.each([false, true])('no line is wider (colour %s)', async (colour) => {
    const paint = await loadPaint(colour);
    for (const end of [reportEnd(), crowdedEnd()]) {
      for (const line of tableLines(end, { width, paint, top: Number.POSITIVE_INFINITY })) {
        expect(stringWidth(line), line).toBeLessThanOrEqual(width);
      }
    }
  });
});

describe('the report', () => {
  it.each([40, 80, 200])('looks as agreed at %i columns', async (width) => {
    const text = [...tableLines(reportEnd(), { width, paint: PLAIN, top: 3 })].join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/table-${width}.txt`);
  });

  it('has escape sequences only where colour is asked for, and the same text', async () => {
    const plain = [...tableLines(reportEnd(), { width: 80, paint: PLAIN, top: 10 })];
    const coloured = [...tableLines(reportEnd(), { width: 80, paint: await loadPaint(true), top: 10 })];
    expect(plain.join('')).not.toContain('\x1b');
    expect(coloured.join('')).toContain('\x1b[');
    // biome-ignore lint/complexity/useRegexLiterals: a control character
    expect(coloured.map((line) => line.replace(new RegExp('\x1b\\[\\d+m', 'g'), '').trimEnd())).toEqual(plain);
  });

  it('cuts long lists and says by how much and which command explains', () => {
    const text = [...tableLines(reportEnd(), { width: 80, paint: PLAIN, top: 2 })].join('\n');
    expect(text).toContain('… 3 more\n\n Id');
    expect(text).toContain('… 410 more · +n: DNS look-ups · #12: the packet that proves it');
    expect(text).toContain('dpi analyze --explain 1 office/monday-morning.pcapng');
  });

  it('shows every row where all are asked for', () => {
    const end = reportEnd({ summary: summary({ total_connections: connections().length }) });
    const text = [...tableLines(end, { width: 80, paint: PLAIN, top: Number.POSITIVE_INFINITY })].join('\n');
    expect(text).not.toContain('more');
  });

  it('shows the traffic without a label even where it is beyond the cut', () => {
    const lines = [...tableLines(reportEnd(), { width: 80, paint: PLAIN, top: 1 })];
    expect(lines.some((line) => line.startsWith(' unknown '))).toBe(true);
  });

  it('tells id, ends, proof and blocking rule of a connection on one line', () => {
    const text = [...tableLines(reportEnd(), { width: 200, paint: PLAIN, top: 10 })].join('\n');
    expect(text).toMatch(/^ +1 +10\.0\.0\.5:51234 → 142\.250\.184\.206:443 +YOUTUBE .*tls #12 .*5\.5 MB$/m);
    expect(text).toMatch(/dns-answer #7 likely.*734 kB/);
    expect(text).toMatch(/ip-range #99 guess/);
    expect(text).not.toContain('ech');
    expect(text).toMatch(/quic #1234567 .*✗ app:YOUTUBE$/m);
    expect(text).toContain('10.0.0.5 → 8.8.8.8');
  });

  it('has whole lines for connections in a pipe', () => {
    const [line] = [...tableLines(reportEnd(), { width: 80, wholeLines: true, paint: PLAIN, top: 10 })].filter((text) =>
      text.includes('whatsapp.net'),
    );
    expect(line).toContain('[2a00:1450:4001:082b:abcd:ef01:2345:200e]:443');
    expect(line).toContain('a-very-long-host-name-that-nobody-would-type.with.many.labels.in.it.cdn.whatsapp.net');
  });

  it.each([
    [80, 24],
    [120, 40],
    [200, 50],
  ])('fits %i columns and %i lines', (width, height) => {
    const many = Array.from({ length: 300 }, (_, i) => connection({ id: i + 1 }));
    const rules = { store: null, count: 0, of_call: 0, decided: [], unused_count: 0, unused: [] };
    const labels = Array.from({ length: 90 }, (_, i) => ({ ...summary().labels[0]!, label: `APP-${i}` }));
    const end = reportEnd({
      topConnections: many,
      summary: summary({ labels, total_connections: 300, anomalies: {}, unknown_reasons: {}, rules }),
    });
    const lines = [...tableLines(end, { width, height, paint: PLAIN, top: height })];
    // The time that the run took, and the prompt.
    expect(lines.length).toBeLessThanOrEqual(height - 2);
    expect(lines.length).toBeGreaterThanOrEqual(height - 5);
  });

  it('fits a small terminal with damage, warnings below and many problems', () => {
    const inputs = [{ ...summary().inputs[0]!, damage: 'it ends inside a packet record (byte 98,610)' }];
    const limits = { names_forgotten: 5, pairs_not_listed: 7, hosts_not_listed: 2, connections_ended_early: 1 };
    const rules = { ...summary().rules, count: 0, decided: [], unused_count: 0, unused: [] };
    const end = reportEnd({ linesBelow: 2, summary: summary({ inputs, limits, rules }) });
    const lines = [...tableLines(end, { width: 80, height: 24, paint: PLAIN, top: 24 })];
    expect(lines.length).toBeLessThanOrEqual(20);
    expect(lines.join('\n')).toMatch(/… \d more problems; --json has all/);
  });

  it.each([
    [{ store: null, count: 2, of_call: 2 }, '2 rules of this call'],
    [{ store: 'rules.json', count: 2, of_call: 0 }, '2 rules from rules.json'],
    [{ store: 'rules.json', count: 3, of_call: 1 }, '3 rules: 1 of this call, 2 from rules.json'],
  ])('says where the rules came from: %j', (origin, expected) => {
    const rules = { ...summary().rules, ...origin };
    const text = [...tableLines(reportEnd({ summary: summary({ rules }) }), { width: 120, paint: PLAIN, top: 5 })];
    expect(text.join('\n')).toContain(expected);
  });

  it('names the option that raises a limit and the first malformed packet', () => {
    const limits = { names_forgotten: 5, hosts_not_listed: 2, domains_not_listed: 1, timeline_interval_doubled: 3 };
    const end = reportEnd({ summary: summary({ limits }) });
    const lines = [...tableLines(end, { width: 100, paint: PLAIN, top: 5 })].map((line) => line.replace(/ +/g, ' '));
    expect(lines).toContain(" ! malformed: truncated_transport_header 3 --explain '#1204'");
    expect(lines).toContain(' ! limit reached: 5 host names were evicted to make room --max-names N');
    expect(lines).toContain(' ! limit reached: 2 times a host was merged into others --view hosts');
    expect(lines).toContain(' ! 1 more limit reached --json');
  });

  it.each([
    [7, {}, '7 clients'],
    [1, {}, '1 client'],
    [4096, { hosts_not_listed: 12 }, '4,096+ clients'],
  ])('counts %i clients with limits %j', (clients, limits, expected) => {
    const end = reportEnd({ summary: summary({ clients, limits }) });
    const text = [...tableLines(end, { width: 150, paint: PLAIN, top: 5 })].join('\n');
    expect(text).toContain(` · ${expected} · `);
  });

  it('is short for a capture without packets', () => {
    const empty = summary({
      total_packets: 0,
      total_bytes: 0,
      total_connections: 0,
      dropped_packets: 0,
      first_seen: null,
      last_seen: null,
      labels: [],
      apps: [],
      domains_detected: [],
      unknown_reasons: {},
      app_protocols: {},
      anomalies: {},
      quality: null,
      rules: { store: null, count: 0, of_call: 0, decided: [], unused_count: 0, unused: [] },
    });
    const end = reportEnd({ summary: empty, topConnections: [] });
    const text = [...tableLines(end, { width: 80, paint: PLAIN, top: 10 })].join('\n');
    expect(text).toContain('0 packets');
    expect(text).not.toContain('Label');
  });

  it('lists more connections than a call takes arguments, and draws them one by one', () => {
    const count = 200_000;
    const topConnections = new Array(count).fill(connection({ id: 1 }));
    const end = reportEnd({ topConnections, summary: summary({ total_connections: count }) });
    for (const width of [80, 200]) {
      let lines = 0;
      const drawn = tableFormat(() => lines++, { width, paint: PLAIN, top: Number.POSITIVE_INFINITY });
      drawn.finish(end);
      expect(lines).toBeGreaterThan(count);
    }
  });

  it('looks at each of many connections equally often, however many there are', () => {
    const readsOf = (count: number): number => {
      let reads = 0;
      const one = connection({ id: 1 });
      const counted = new Proxy(one, {
        get(target, key) {
          reads++;
          return Reflect.get(target, key);
        },
      });
      const topConnections = Array.from({ length: count }, () => counted);
      const end = reportEnd({ topConnections });
      for (const _line of tableLines(end, { width: 120, paint: PLAIN, top: Number.POSITIVE_INFINITY }));
      return reads;
    };
    const ofHundred = readsOf(200) - readsOf(100);
    expect(ofHundred).toBeGreaterThan(100);
    expect(readsOf(3000) - readsOf(100)).toBe(29 * ofHundred);
  });
});
