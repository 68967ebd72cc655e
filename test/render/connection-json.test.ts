import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ConnectionRecord } from '../../src/core/report/model.js';
import { ConnectionLines, connectionMembersJson, LineFrame } from '../../src/render/connection-json.js';
import { connection, connections } from '../support/report-fixture.js';

const FRAME = new LineFrame('{', '}');

/** The line, which is the same as text, as bytes, and in pieces. */
function connectionJson(record: ConnectionRecord): string {
  let [text, bytes] = ['', ''];
  new ConnectionLines((one) => (text += one)).add(FRAME, record);
  const lines = new ConnectionLines(
    (one) => (bytes += one),
    (buf, start, end) => (bytes += buf.toString('utf8', start, end)),
  );
  lines.add(FRAME, record);
  lines.flush();
  expect(bytes).toBe(text);
  expect(`{${connectionMembersJson(record)}}`).toBe(text);
  return text;
}

it('equals JSON.stringify, the order of keys included', () => {
  for (const record of [...connections(), connection({ ech: true, domains: ['a', 'b', 'c"d'] })]) {
    expect(connectionJson(record)).toBe(JSON.stringify(record));
  }
});

it('writes times as JSON.stringify does, to the microsecond and beyond', () => {
  const micros = fc.integer({ min: 0, max: 4e15 }).map((count) => count / 1e6);
  const time = fc.oneof(micros, fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }));
  fc.assert(
    fc.property(time, time, (first_seen, last_seen) => {
      const record = connection({ first_seen, last_seen });
      expect(connectionJson(record)).toBe(JSON.stringify(record));
    }),
    { numRuns: 2000 },
  );
});

it('reads back as the same record, whatever the names are', () => {
  const name = fc.string({ unit: 'binary' });
  const changes: fc.Arbitrary<Partial<ConnectionRecord>> = fc.record({
    domain: fc.option(name),
    domains: fc.array(name),
    app: name,
    app_protocol: fc.option(name),
    evidence_match: fc.option(name),
    blocked_by: fc.option(name),
    bytes: fc.maxSafeNat(),
    first_seen: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
    evidence_packet: fc.option(fc.maxSafeNat()),
  });
  fc.assert(
    fc.property(changes, (change) => {
      const record = connection(change);
      expect(JSON.parse(connectionJson(record))).toEqual(record);
    }),
  );
});

it('writes all that a handshake and a verdict say, or that there was none', () => {
  const said: Partial<ConnectionRecord>[] = [
    { tls_version: '1.3' },
    { alpn: 'h2' },
    { quic_version: 'v1' },
    { ja3: '771' },
    { ja4: 't13d' },
    { cert_names: ['example.org'] },
    { blocked: true },
    { blocked_by: 'domain:example.org' },
    { blocked_at_packet: 7 },
  ];
  const silent = { tls_version: null, alpn: null, quic_version: null, ja3: null, ja4: null, cert_names: [] };
  const passed = { blocked: false, blocked_by: null, blocked_at_packet: null };
  for (const change of [{}, ...said]) {
    const record = connection({ ...silent, ...passed, ...change });
    expect(connectionJson(record)).toBe(JSON.stringify(record));
  }
});

it('takes more different words than it remembers', () => {
  for (let n = 0; n < 10_000; n++) {
    const record = connection({ app: `APP-${n % 6000}`, alpn: n % 3 === 0 ? `"${n}"` : null });
    expect(connectionJson(record)).toBe(JSON.stringify(record));
  }
});

it('keeps the order of lines with and without escapes', () => {
  const names = fc.array(fc.oneof(fc.constantFrom('a.example', 'b"c', 'd\u0000'), fc.string()), { maxLength: 300 });
  fc.assert(
    fc.property(names, (list) => {
      let all = '';
      const lines = new ConnectionLines(
        (text) => (all += text),
        (buf, start, end) => (all += buf.toString('utf8', start, end)),
      );
      const records = list.map((domain, i) => connection({ id: i + 1, domain }));
      for (const record of records) lines.add(FRAME, record);
      lines.flush();
      expect(all).toBe(records.map((record) => `{${connectionMembersJson(record)}}`).join(''));
    }),
    { numRuns: 30 },
  );
});

it('makes few pieces of many lines', () => {
  const lens: number[] = [];
  const lines = new ConnectionLines(
    () => {},
    (_, start, end) => lens.push(end - start),
  );
  for (let id = 1; id <= 1000; id++) lines.add(FRAME, connection({ id, domain: 'a.example' }));
  lines.flush();
  expect(lens.length).toBeLessThan(50);
  for (const len of lens.slice(0, -1)) expect(len).toBeGreaterThanOrEqual(1 << 15);
});
