import { describe, expect, it } from 'vitest';
import { displayFilter } from '../../../src/core/explain/display-filter.js';
import { emptyRecord } from '../../../src/core/report/connection-reader.js';

const connection = {
  ...emptyRecord(),
  protocol: 'TCP',
  src_ip: '192.0.2.1',
  src_port: 50_000,
  dst_ip: '203.0.113.5',
  dst_port: 443,
};

describe('the display filter of a connection', () => {
  it.each([
    [{}, 'ip.addr == 192.0.2.1 && ip.addr == 203.0.113.5 && tcp.port == 50000 && tcp.port == 443 && !icmp'],
    [
      { protocol: 'UDP', src_ip: '2001:db8::1', dst_ip: '2001:db8::2' },
      'ipv6.addr == 2001:db8::1 && ipv6.addr == 2001:db8::2 && udp.port == 50000 && udp.port == 443 && !icmpv6',
    ],
    [
      { dst_ip: '192.0.2.1', src_port: 179, dst_port: 179 },
      'ip.src == 192.0.2.1 && ip.dst == 192.0.2.1 && tcp.srcport == 179 && tcp.dstport == 179 && !icmp',
    ],
    [{ protocol: 'ICMP', src_port: 0, dst_port: 0 }, 'ip.addr == 192.0.2.1 && ip.addr == 203.0.113.5 && icmp'],
    [
      { protocol: 'IP-99', src_port: 0, dst_port: 0 },
      'ip.addr == 192.0.2.1 && ip.addr == 203.0.113.5 && ip.proto == 99',
    ],
  ])('has its addresses and ports: %o', (parts, filter) => {
    expect(displayFilter({ ...connection, ...parts }, null)).toBe(filter);
  });

  it('keeps to its frames', () => {
    expect(displayFilter(connection, { first: 7, last: 20 })).toMatch(/ && frame.number >= 7 && frame.number <= 20$/);
    expect(displayFilter(connection, { first: 7, last: 7 })).toMatch(/ && frame.number == 7$/);
  });
});
