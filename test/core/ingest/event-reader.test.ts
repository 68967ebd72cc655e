import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEventTime } from '../../../src/core/ingest/event-time.js';
import { decide, engineWith, OUT } from './events.js';

/** What is wrong with an event, null for nothing. */
function problem(event: unknown): string | null {
  const engine = engineWith();
  const answer = engine.ingest(event, 0);
  expect(engine.totals.packets).toBe('error' in answer ? 0 : 1);
  return 'error' in answer ? answer.error : null;
}

const tuple = (change: object) => problem({ tuple: { ...OUT, ...change }, size: 1 });
const event = (change: object) => problem({ tuple: OUT, size: 1, ...change });

describe('events', () => {
  it('are refused with a sentence that names the key and quotes the value', () => {
    expect(problem(null)).toBe('an event is an object, not null');
    expect(problem([])).toBe('an event is an object, not a list');
    expect(problem({})).toBe("'tuple' is missing or no object");
    expect(problem({ tuple: OUT })).toBe("'size' is missing; expected a whole number of bytes from 0 to 2147483647");
    expect(tuple({ src_ip: '10.0.0.256' })).toBe(`'tuple.src_ip' is "10.0.0.256"; expected an IPv4 or IPv6 address`);
    expect(tuple({ dst_ip: `\u001b[31m${'x'.repeat(200)}` })).toMatch(/^'tuple\.dst_ip' is "\\u001b\[31mx{40,60}…; /);
    expect(tuple({ src_port: 65_536 })).toContain("'tuple.src_port' is 65536");
    expect(tuple({ dst_port: '443' })).toContain(`'tuple.dst_port' is "443"`);
    expect(tuple({ dst_port: undefined })).toContain("'tuple.dst_port' is missing");
    expect(tuple({ protocol: 'tpc' })).toContain(`'tuple.protocol' is "tpc"`);
    expect(event({ size: -1 })).toContain("'size' is -1");
    expect(event({ size: {} })).toContain("'size' is an object");
    expect(event({ domain: 'no host' })).toBe(`'domain' is "no host"; expected a host name`);
    expect(event({ timestamp: 1.7e12 })).toContain("'timestamp' is 1700000000000");
    expect(event({ payload: 7 })).toBe("'payload' is 7; expected base64");
  });

  it.each([
    [
      '10.0.0.01',
      '10.0.0.0/8',
      '1.2.3',
      '1.2.3.4.5',
      '',
      '::1%eth0',
      '[::1]',
      'localhost',
      '1.2.3.4 ',
      ':::',
      '1::2::3',
    ],
  ])('need addresses: not %s and the like', (...texts) => {
    for (const src_ip of texts) expect(tuple({ src_ip })).toContain("'tuple.src_ip'");
  });

  it('need both addresses of one kind, IPv4 in the guise of IPv6 being IPv4', () => {
    expect(tuple({ src_ip: '2001:db8::1' })).toBe('one address of the tuple is IPv4, the other IPv6');
    expect(tuple({ src_ip: '::ffff:192.0.2.1' })).toBeNull();
    const engine = engineWith();
    const ids = ['192.0.2.10', '::ffff:192.0.2.10', '::FFFF:c000:20a'].map(
      (src_ip) => decide(engine, { tuple: { ...OUT, src_ip } }).connection,
    );
    expect(ids).toEqual([1, 1, 1]);
  });

  it('take a protocol by name or number, and ports only where it has some', () => {
    const engine = engineWith();
    const id = (change: object) => decide(engine, { tuple: { ...OUT, ...change } }).connection;
    expect(['tcp', 'TCP', 'Tcp', 6, '6', 'IP-6'].map((protocol) => id({ protocol }))).toEqual([1, 1, 1, 1, 1, 1]);
    const icmp = { src_port: undefined, dst_port: null, protocol: 'icmp' };
    expect([id(icmp), id({ ...icmp, src_port: 8, dst_port: 0 }), id({ ...icmp, protocol: 1 })]).toEqual([2, 2, 2]);
    const v6 = { src_ip: '2001:db8::1', dst_ip: '2001:0db8:0::2' };
    expect([id({ ...icmp, ...v6 }), id({ ...icmp, ...v6, protocol: 58 })]).toEqual([3, 3]);
    for (const protocol of [256, -1, 1.5, null, true, '', '999', 'ip-256']) expect(tuple({ protocol })).not.toBeNull();
  });

  it('take names in any form of them, and none from null or nothing', () => {
    const engine = engineWith();
    const named = (domain: unknown, n: number) => decide(engine, { tuple: { ...OUT, src_port: n }, domain }).domain;
    expect(named('Bücher.Example', 1)).toBe('xn--bcher-kva.example');
    expect(named('_x-1.Example.', 2)).toBe('_x-1.example');
    expect(named('', 3)).toBeNull();
    expect(named(null, 4)).toBeNull();
    expect(named('203.0.113.9', 5)).toBe('203.0.113.9');
    for (const domain of [
      'a..b',
      '.',
      '-a.example',
      'a b',
      'x'.repeat(64),
      `${'x.'.repeat(127)}x.com`,
      'a\u0000b',
      {},
    ]) {
      expect(event({ domain })).toContain("'domain'");
    }
  });

  it('take base64 whole or not at all', () => {
    for (const payload of ['', 'QQ==', 'QQ', 'QUI=', 'QUJD', '_-_-', new Uint8Array(3)])
      expect(event({ payload })).toBeNull();
    for (const payload of ['Q', 'QQ==QQ==', '@@@@', 'QU JD', 'QUJ\n', 'QUJDé', 'Q===', '====', '=QQ=']) {
      expect(event({ payload })).toContain('no base64');
    }
    expect(event({ payload: 'A'.repeat(1_500_000) })).toBe("'payload' holds more than 1048576 bytes");
  });

  it('pass over keys that they do not know', () => {
    expect(event({ sensor: 'a', __proto__: { x: 1 }, domain: undefined })).toBeNull();
  });

  it('are never a reason to throw', () => {
    const engine = engineWith();
    fc.assert(
      fc.property(fc.anything(), fc.object(), fc.anything(), (any, object, other) => {
        engine.ingest(any, 0);
        engine.ingest({ tuple: OUT, size: 5, ...object, timestamp: any, domain: other }, 0);
        engine.ingest({ tuple: { ...OUT, src_ip: any, src_port: other }, size: 1, payload: any }, 0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('parseEventTime', () => {
  it.each([
    [1_700_000_000, 1_700_000_000e6],
    [1_700_000_000.123456, 1_700_000_000_123_456],
    ['1700000000.123456789', 1_700_000_000_123_456],
    ['1700000000', 1_700_000_000e6],
    [0, 0],
    ['2023-11-14T22:13:20Z', 1_700_000_000e6],
    ['2023-11-14 22:13:20.123456789+00:00', 1_700_000_000_123_456],
    ['2023-11-15T00:13:20.5+0200', 1_700_000_000_500_000],
    ['2023-11-14t22:13z', 1_699_999_980e6],
  ])('reads %s', (timestamp, micros) => {
    expect(parseEventTime(timestamp)).toBe(micros);
  });

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e300,
    1_700_000_000_000,
    '2023-11-14T22:13:20',
    '2023-11-14',
    '2023-13-14T22:13:20Z',
    '2023-11-14T25:13:20Z',
    '1e9',
    '',
    'yesterday',
    {},
    true,
  ])('refuses %s', (timestamp) => {
    expect(parseEventTime(timestamp)).toBeNaN();
  });
});
