import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommunityIds, FlowTuple } from '../../../src/core/report/community-id.js';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { connection, contactsOf, findingsOf, lookup, snapshotOf } from './records.js';

const toOf = (text: string) => [...text.matchAll(/"to": "([^"]+)"/g)].map((found) => found[1]);

/** The Community ID of ICMP from 10.0.0.1 to 10.0.0.5. */
function icmpId(type: number, code: number): string {
  const tuple = new FlowTuple();
  tuple.protocol = 1;
  tuple.source[0] = 0x0a000001;
  tuple.destination[0] = 0x0a000005;
  tuple.sourcePort = type;
  tuple.destinationPort = code;
  return new CommunityIds().of(tuple);
}

describe('contacts of a capture', () => {
  it('are the same for the same program in another run', () => {
    const first = [
      lookup('api.example.com'),
      connection({ domain: 'api.example.com', dst_ip: '198.51.100.7' }),
      connection({ domain: 'api.example.com', dst_ip: '198.51.100.7' }),
    ];
    const second = [
      connection({ domain: 'api.example.com', dst_ip: '198.51.100.9', src_ip: '10.0.0.77', src_port: 50_123 }),
      lookup('api.example.com', { protocol: 'TCP' }),
    ];
    expect(snapshotOf(second)).toBe(snapshotOf(first));
  });

  it('do not depend on the order in which connections end', () => {
    const records = ['b.example', 'a.example', 'c.example'].flatMap((domain) => [
      lookup(domain),
      connection({ domain }),
      connection({ domain, dst_port: 8443, tls_version: '1.2' }),
      connection({ domain, app_protocol: null }),
    ]);
    const text = snapshotOf(records);
    fc.assert(
      fc.property(fc.shuffledSubarray(records, { minLength: records.length }), (order) => {
        expect(snapshotOf(order)).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it('list the range of an app for an address that only its range names', () => {
    const google: Partial<ConnectionRecord> = {
      domain: null,
      app: 'GOOGLE',
      label: 'GOOGLE',
      detected_by: 'ip-range',
      evidence_match: '142.250.0.0/15',
    };
    const text = snapshotOf([
      connection({ ...google, dst_ip: '142.250.1.1' }),
      connection({ ...google, dst_ip: '142.251.7.7' }),
    ]);
    expect(toOf(text)).toEqual(['142.250.0.0/15']);
    expect(findingsOf(text, [connection({ ...google, dst_ip: '142.250.200.9' })])).toEqual([]);
  });

  it('fold connections that were cut off into those at the same end', () => {
    const text = snapshotOf([
      connection({ domain: 'a.example' }),
      connection({ domain: 'a.example', app_protocol: null, tcp_state: 'syn' }),
    ]);
    expect(toOf(text)).toEqual(['a.example']);
  });

  it('have ranges for ports that nobody chose', () => {
    const local = { domain: null, app_protocol: 'http', dst_ip: '127.0.0.1', tls_version: null };
    const text = snapshotOf([connection({ ...local, dst_port: 41_234 })]);
    expect(text).toContain('"port": "tcp/32768-65535"');
    expect(findingsOf(text, [connection({ ...local, dst_port: 53_999 })])).toEqual([]);
    // A fixed port above is written as it is.
    expect(snapshotOf([connection({ dst_port: 50_051 })])).toContain('"port": "tcp/50051"');
  });

  it('leave out what stays on the link, housekeeping, and what began before the capture', () => {
    const records = [
      connection({ protocol: 'UDP', domain: null, app_protocol: 'mdns', dst_ip: '224.0.0.251', dst_port: 5353 }),
      connection({ protocol: 'ICMPV6', domain: null, app_protocol: 'icmpv6', dst_ip: 'ff02::1:ff00:1', dst_port: 0 }),
      connection({ protocol: 'UDP', domain: null, app_protocol: 'dhcp', dst_ip: '10.0.0.1', dst_port: 67 }),
      connection({ domain: null, app_protocol: null, tcp_state: 'mid-stream' }),
    ];
    const { contacts, leftOut } = contactsOf(records);
    expect(contacts).toEqual([]);
    expect(leftOut).toEqual({ 'link-local': 2, control: 1, 'mid-stream': 1 });
    expect(contactsOf(records, new Map(), ['mid-stream', 'control']).contacts).toHaveLength(2);
  });

  it('count the address from which clouds serve credentials', () => {
    const metadata = connection({ domain: null, app_protocol: 'http', dst_ip: '169.254.169.254', dst_port: 80 });
    expect(toOf(snapshotOf([metadata]))).toEqual(['169.254.169.254']);
  });

  it('count pings, and no ICMP errors', () => {
    const icmp = {
      protocol: 'ICMP',
      domain: null,
      app_protocol: 'icmp',
      src_ip: '10.0.0.1',
      dst_ip: '10.0.0.5',
      dst_port: 0,
    };
    const record = (type: number, code: number) => connection({ ...icmp, community_id: icmpId(type, code) });
    expect(contactsOf([record(8, 0)]).contacts).toHaveLength(1);
    for (const [type, code] of [
      [3, 3],
      [3, 1],
      [11, 0],
      [5, 1],
    ] as const) {
      expect(contactsOf([record(type, code)]).leftOut.control).toBe(1);
    }
  });

  it('name the pool of a clock, and do not miss it', () => {
    const clock = { protocol: 'UDP', app_protocol: 'ntp', dst_port: 123, tls_version: null };
    const text = snapshotOf([connection({ ...clock, domain: '0.debian.pool.ntp.org' })]);
    expect(text).toContain('"to": "*.debian.pool.ntp.org"');
    expect(findingsOf(text, [connection({ ...clock, domain: '3.debian.pool.ntp.org' })])).toEqual([]);
    expect(findingsOf(text, [])).toEqual([]);
  });

  it('list look-ups of names that were not contacted, and reverse ones as one', () => {
    const text = snapshotOf([
      lookup('api.example.com'),
      connection(),
      lookup('only-asked.example'),
      lookup('7.100.51.198.in-addr.arpa'),
    ]);
    expect([...text.matchAll(/"name": "([^"]+)"/g)].map((found) => found[1])).toEqual([
      '*.in-addr.arpa',
      'only-asked.example',
    ]);
  });

  it('escape names from the wire', () => {
    const text = snapshotOf([connection({ domain: 'a"b\u202e\x1b.example' })]);
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(findingsOf(text, [connection({ domain: 'a"b\u202e\x1b.example' })])).toEqual([]);
  });
});
