import { describe, expect, it } from 'vitest';
import { IP_BAD_EXTENSION_HEADER } from '../../../src/core/common/anomaly.js';
import { DECODED, TRUNCATED } from '../../../src/core/layers/packet-view.js';
import { decode, hex, ipv6, newView, RAW, tuple, udp } from './frames.js';

const LAST = '20010db8000000000000000000000099';
const NEXT = '20010db8000000000000000000000002';

/** Type, segments left, addresses as they stand in the header. */
function routing(nextHeader: number, type: number, segmentsLeft: number, addresses: string[], tlvs = ''): Buffer {
  const body = hex(addresses.join('') + tlvs);
  return Buffer.concat([
    Buffer.from([nextHeader, body.length / 8, type, segmentsLeft, addresses.length - 1, 0, 0, 0]),
    body,
  ]);
}

const cases: [name: string, header: Buffer, destination: string][] = [
  ['segment routing', routing(17, 4, 1, [LAST, NEXT]), '99'],
  ['segment routing with a TLV', routing(17, 4, 1, [LAST, NEXT], '0506000000000000'), '99'],
  ['segment routing, used up', routing(17, 4, 0, [NEXT, LAST]), '2'],
  ['segment routing without a list', routing(17, 4, 1, []), '2'],
  ['a source route', routing(17, 0, 2, [NEXT, LAST]), '99'],
  ['Mobile IPv6', routing(17, 2, 1, [LAST]), '99'],
  ['Mobile IPv6, used up', routing(17, 2, 0, [LAST]), '2'],
  ['an unknown type', routing(17, 9, 1, [LAST]), '2'],
];

describe('IPv6 routing header', () => {
  it.each(cases)('%s', (_name, header, destination) => {
    const view = decode(ipv6(43, Buffer.concat([header, udp(40_000, 443, Buffer.from('inner'))])), RAW);
    expect(tuple(view)).toBe(`[2001:db8::1]:40000 > [2001:db8::${destination}]:443 17`);
    expect(view.status).toBe(DECODED);
  });

  it('names a header that is cut off', () => {
    const packet = ipv6(43, Buffer.concat([cases[0]![1], udp(1, 2, Buffer.alloc(0))]));
    for (let len = 40; len < 40 + cases[0]![1].length; len++) {
      const view = decode(packet.subarray(0, len), RAW, newView(), packet.length);
      expect([view.status, view.anomaly]).toEqual([TRUNCATED, IP_BAD_EXTENSION_HEADER]);
    }
  });

  it('keeps the final destination of a datagram in fragments', () => {
    const view = newView();
    const header = routing(44, 4, 1, [LAST, NEXT]);
    const payload = udp(40_000, 443, Buffer.from('a payload of some length'));
    const fragment = (offset: number, end: number, more: number) =>
      ipv6(
        43,
        Buffer.concat([
          header,
          hex('1100'),
          Buffer.from([0, offset | more]),
          hex('00000007'),
          payload.subarray(offset, end),
        ]),
      );
    decode(fragment(0, 16, 1), RAW, view);
    decode(fragment(16, payload.length, 0), RAW, view);
    expect(tuple(view)).toBe('[2001:db8::1]:40000 > [2001:db8::99]:443 17');
  });
});
