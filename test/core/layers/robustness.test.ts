import { expect, it } from 'vitest';
import type { PacketView } from '../../../src/core/layers/packet-view.js';
import { decodeFrame } from '../../../src/core/layers/registry.js';
import { decode, ethernet, hex, INNER, INNER_V6, ipv4, ipv6, newView, RAW, tcp, udp } from './frames.js';

const LINK_TYPES = [
  0, 1, 6, 7, 9, 10, 11, 12, 14, 19, 50, 51, 101, 104, 105, 106, 107, 108, 109, 113, 119, 122, 127, 129, 138, 149, 163,
  166, 178, 192, 204, 205, 206, 226, 228, 229, 239, 242, 258, 276, 281, 282, 284, 285,
];
const TUNNEL_PORTS = [1701, 2152, 3386, 3544, 4754, 4789, 4790, 5072, 5247, 6081, 6635, 8472];

/** Offsets stay inside the buffer and in order, whatever the bytes were. */
function expectSound(view: PacketView): void {
  const { buf, payloadStart, payloadEnd, payloadWireLen, ipVersion } = view;
  const addrLen = ipVersion === 4 ? 4 : 16;
  const sound =
    payloadStart >= 0 &&
    payloadStart <= payloadEnd &&
    payloadEnd <= buf.length &&
    payloadWireLen >= payloadEnd - payloadStart &&
    view.cursor >= 0 &&
    view.limit <= buf.length &&
    (ipVersion === 0 || (view.srcAddrStart + addrLen <= buf.length && view.dstAddrStart + addrLen <= buf.length)) &&
    [view.srcPort, view.dstPort, view.tcpSeq, view.tcpAck, view.tcpFlags].every(Number.isInteger) &&
    (view.quotedStart === -1 || (view.quotedStart < view.quotedEnd && view.quotedEnd <= payloadEnd)) &&
    (!view.hasTransport || ipVersion !== 0);
  // One expectation for all: this runs some hundred thousand times.
  if (!sound) expect(view).toBe('sound');
}

/** A fixed sequence of numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const samples: [linkType: number, frame: Buffer][] = [
  [1, ethernet(0x0800, INNER)],
  [1, ethernet(0x8100, Buffer.concat([hex('0064 86dd'), INNER_V6]))],
  [
    1,
    ethernet(0x0800, ipv4(6, tcp(1, 2, Buffer.from('text'), Buffer.alloc(8, 1)), { options: hex('01830704c0000263') })),
  ],
  [1, ethernet(0x8847, Buffer.concat([hex('00010040 00011140 00000000'), ethernet(0x0800, INNER)]))],
  [1, ethernet(0x8864, Buffer.concat([hex('11000001 003e 0021'), INNER]))],
  [RAW, ipv6(0, Buffer.concat([hex('2b00 0104 00000000 3c00 0000 00000000 1100 0104 00000000'), udp(1, 2, INNER)]))],
  [RAW, ipv6(44, Buffer.concat([hex('1100 0001 00000007'), udp(1, 2, INNER)]))],
  [RAW, ipv4(17, udp(1, 2, INNER), { more: true })],
  [RAW, ipv4(1, Buffer.concat([hex('03010000 00000000'), INNER]))],
  [RAW, ipv4(47, Buffer.concat([hex('f000 0800 00000000 0800 0004 0a000001 0000 0000 00000001 00000002'), INNER]))],
  [
    RAW,
    ipv4(
      47,
      Buffer.concat([hex('1000 22eb 00000001 20640001 00000000 0000 0001 0000000000000000'), ethernet(0x0800, INNER)]),
    ),
  ],
  [RAW, ipv4(51, Buffer.concat([hex('0404 0000 00000001 00000001 000000000000000000000000'), INNER]))],
  [
    127,
    Buffer.concat([
      hex(
        '0000 1900 03000080 00000000 00000000 0000000000000000 10 8802 2c00 020000000001 020000000002 020000000003 1000 0000 aaaa03 000000 0800',
      ),
      INNER,
    ]),
  ],
  [1, ethernet(0x8909, Buffer.concat([hex('0101 0001 0010 0800'), INNER]))],
  [1, ethernet(0x892f, Buffer.concat([hex('002f 0007 893f e000 0001 0000 0800'), INNER]))],
  [1, ethernet(0x88e5, Buffer.concat([hex('20 30 00000001 0200000000010001 0800'), INNER]))],
  [1, ethernet(0xd28b, Buffer.concat([hex('0001 0010 6000000000000001 dada 0000 c0080001 0800'), INNER]))],
  [
    1,
    Buffer.concat([
      hex('01000c000000 020000000001 005e aaaa03 00000c 0014 0001 0000'),
      ethernet(0x8874, Buffer.concat([hex('00000001 0800'), INNER])),
    ]),
  ],
  [6, Buffer.concat([hex('1040 020000000002 820000000001 0630 0011 0020 aaaa03 000000 0800'), INNER])],
  [107, Buffer.concat([hex('1841 03 00 80 0080c2 0007'), ethernet(0x0800, INNER)])],
  [129, Buffer.concat([hex('0102 0000 d4 ff ffff d4 00 0001'), INNER])],
  [178, Buffer.concat([hex('4d4743 80 0006 010203040506'), ethernet(0x0800, INNER)])],
  [242, Buffer.concat([Buffer.alloc(40), hex('0800 0000'), INNER])],
  [258, Buffer.concat([hex('10000000 01000000 01000000 00000000'), ethernet(0x0800, INNER)])],
  [284, Buffer.concat([hex('020000000002 020000000001 c0080001 0800'), INNER])],
  [RAW, ipv4(103, Buffer.concat([hex('21000000 00000000'), INNER]))],
  [
    RAW,
    ipv6(
      43,
      Buffer.concat([
        hex('11 04 04 01 01 00 0000 20010db8000000000000000000000099 20010db8000000000000000000000002'),
        udp(1, 2, INNER),
      ]),
    ),
  ],
  [239, Buffer.concat([hex('02000000 0500 0a00 61000000 4500 0900'), INNER])],
  ...TUNNEL_PORTS.map((port): [number, Buffer] => [
    RAW,
    ipv4(17, udp(9, port, Buffer.concat([hex('34ff0040 00000001 00000085 01100900'), INNER]))),
  ]),
];

it('stands truncation at every length', () => {
  for (const [linkType, frame] of samples) {
    for (let len = 0; len <= frame.length; len++) {
      const cut = frame.subarray(0, len);
      expectSound(decode(cut, linkType));
      expectSound(decode(cut, linkType, newView(), frame.length));
    }
  }
});

it('stands one changed byte at every place', () => {
  const random = seeded(7);
  for (const [linkType, frame] of samples) {
    for (let at = 0; at < frame.length; at++) {
      for (let round = 0; round < 4; round++) {
        const changed = Buffer.from(frame);
        changed[at] = Math.floor(random() * 256);
        expectSound(decode(changed, linkType));
      }
    }
  }
});

it('stands random bytes of every link type', () => {
  const random = seeded(1);
  const view = newView();
  const buf = Buffer.alloc(160);
  for (let round = 0; round < 60_000; round++) {
    for (let at = 0; at < buf.length; at++) buf[at] = random() * 256;
    const end = Math.floor(random() * buf.length);
    view.reset(buf, 0, end, end + (round & 1) * 100, round * 1000);
    decodeFrame(view, LINK_TYPES[round % LINK_TYPES.length]!);
    expectSound(view);
  }
});

it('stands random bytes behind every IP protocol and tunnel port', () => {
  const random = seeded(2);
  const view = newView();
  for (let round = 0; round < 20_000; round++) {
    const noise = Buffer.from(Array.from({ length: 80 }, () => Math.floor(random() * 256)));
    const port = TUNNEL_PORTS[round % TUNNEL_PORTS.length]!;
    const inner = round & 1 ? udp(9, port, noise) : noise;
    const proto = round & 1 ? 17 : (round >> 1) & 0xff;
    const packet = round & 2 ? ipv4(proto, inner) : ipv6(proto, inner);
    expectSound(decode(packet, RAW, view, packet.length, round * 1000));
  }
});
