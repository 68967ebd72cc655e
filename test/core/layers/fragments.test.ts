import { describe, expect, it } from 'vitest';
import {
  ANOMALY_NONE,
  IP_FRAGMENT_EVICTED,
  IP_FRAGMENT_OVERLAP,
  IP_FRAGMENT_TOO_LONG,
} from '../../../src/core/common/anomaly.js';
import type { FragmentTable } from '../../../src/core/layers/fragments.js';
import { DECODED, FRAGMENT, type PacketView } from '../../../src/core/layers/packet-view.js';
import {
  decode,
  ethernet,
  hex,
  INNER,
  ipv4,
  ipv6,
  newView,
  payloadText,
  RAW,
  tcp,
  tuple,
  u16be,
  udp,
} from './frames.js';

const SECOND = 1_000_000;
const TEXT = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
const DATAGRAM = udp(5000, 53, TEXT);

type Maker = (offset: number, end: number, id?: number, bytes?: Buffer) => Buffer;

/** A fragment with the bytes `[offset, end)` of the datagram. */
const v4: Maker = (offset, end, id = 77, bytes = DATAGRAM) =>
  ipv4(17, bytes.subarray(offset, end), { id, offset, more: end < bytes.length });

const v6: Maker = (offset, end, id = 77, bytes = DATAGRAM) => {
  const flags = offset | (end < bytes.length ? 1 : 0);
  const header = Buffer.concat([hex('1100'), u16be(flags, 0, id)]);
  return ipv6(60, Buffer.concat([hex('2c00 0104 00000000'), header, bytes.subarray(offset, end)]));
};

const CUTS = [0, 16, 40, 48, DATAGRAM.length];

function pieces(make: Maker, id?: number): Buffer[] {
  return CUTS.slice(1).map((end, n) => make(CUTS[n]!, end, id));
}

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, n) =>
    permutations(items.filter((_, other) => other !== n)).map((rest) => [item, ...rest]),
  );
}

function feed(view: PacketView, packet: Buffer, tsMicros = 0): number {
  return decode(packet, RAW, view, packet.length, tsMicros).status;
}

function expectWhole(view: PacketView): void {
  expect(view.status).toBe(DECODED);
  expect(payloadText(view)).toBe(TEXT.toString());
  expect(view).toMatchObject({ srcPort: 5000, dstPort: 53, hasTransport: true, payloadWireLen: TEXT.length });
}

describe.each([
  ['IPv4', v4],
  ['IPv6', v6],
])('%s fragments', (_name, make) => {
  it('make the datagram in any order', () => {
    for (const order of permutations(pieces(make))) {
      const view = newView();
      for (const [n, piece] of order.entries()) {
        feed(view, piece);
        expect(view.fragmentGroup).toBe(1);
        if (n < order.length - 1) expect(view).toMatchObject({ status: FRAGMENT, srcPort: 0, hasTransport: false });
      }
      expectWhole(view);
      expect(view.fragments).toMatchObject({ completed: 1, inProgress: 0, bytesHeld: 0, overlaps: 0 });
    }
  });

  it('make it when each comes twice', () => {
    for (const order of permutations(pieces(make))) {
      const view = newView();
      const statuses = order.flatMap((piece) => [feed(view, piece), feed(view, piece)]);
      expect(statuses.filter((status) => status === DECODED)).toHaveLength(1);
      expect(tableOf(view).overlaps).toBe(0);
    }
  });

  it('recognise a copy of the last one as part of the same datagram', () => {
    const view = newView();
    for (const piece of pieces(make)) feed(view, piece);
    expect(feed(view, make(48, DATAGRAM.length), SECOND / 2)).toBe(FRAGMENT);
    expect(view.fragmentGroup).toBe(1);
    expect(view.fragments).toMatchObject({ duplicates: 1, inProgress: 0 });
  });

  it('that overlap give the datagram up, in any order', () => {
    for (const order of permutations([0, 1, 2])) {
      const view = newView();
      const overlapping = [make(0, 32), make(16, 56), make(48, DATAGRAM.length)];
      for (const n of order) expect(feed(view, overlapping[n]!)).toBe(FRAGMENT);
      expect(tableOf(view)).toMatchObject({ completed: 0, overlaps: 1 });
      for (const piece of pieces(make, 78)) feed(view, piece);
      expectWhole(view);
    }
  });

  it('that lie within others change nothing, whatever they hold', () => {
    const forged = Buffer.from(DATAGRAM).fill('!', 8);
    const view = newView();
    feed(view, make(0, 40));
    expect(feed(view, make(8, 24, 77, forged))).toBe(FRAGMENT);
    expect(view.anomaly).toBe(IP_FRAGMENT_OVERLAP);
    expect(feed(view, make(16, 32))).toBe(FRAGMENT);
    feed(view, make(40, DATAGRAM.length));
    expectWhole(view);
    expect(tableOf(view)).toMatchObject({ overlaps: 1, duplicates: 1, unreadPackets: 0, unreadBytes: 0 });
  });

  it('begin anew after an overlap, with the identification of those given up', () => {
    const forged = Buffer.from(DATAGRAM).fill('!', 8);
    const view = newView();
    feed(view, make(0, 32, 77, forged));
    feed(view, make(24, 56, 77, forged));
    expect(tableOf(view)).toMatchObject({ inProgress: 0, bytesHeld: 0, unreadPackets: 2 });
    for (const piece of pieces(make)) feed(view, piece);
    expectWhole(view);
    expect(tableOf(view).unreadPackets).toBe(2);
  });

  it('name an overlap in the frame that brings it', () => {
    const view = newView();
    feed(view, make(0, 32));
    feed(view, make(16, 48));
    expect(view.anomaly).toBe(IP_FRAGMENT_OVERLAP);
  });

  it('count as unread until the datagram is whole', () => {
    const view = newView();
    const [first, second, third, last] = pieces(make);
    for (const piece of [first!, third!, last!]) feed(view, piece);
    expect(tableOf(view).unreadPackets).toBe(3);
    expect(tableOf(view).unreadBytes).toBe(first!.length + third!.length + last!.length);
    feed(view, second!);
    expect(tableOf(view)).toMatchObject({ unreadPackets: 0, unreadBytes: 0 });
    feed(view, make(0, 16, 99));
    feed(view, make(0, 16, 100), 61 * SECOND);
    expect(tableOf(view)).toMatchObject({ timedOut: 1, unreadPackets: 2 });
  });

  it('of several datagrams do not mix', () => {
    const view = newView();
    const first = pieces(make, 1);
    const second = pieces(make, 2);
    for (let n = 0; n < first.length; n++) {
      feed(view, first[n]!);
      expect(view.fragmentGroup).toBe(1);
      feed(view, second[n]!);
      expect(view.fragmentGroup).toBe(2);
    }
    expect(tableOf(view).completed).toBe(2);
  });

  it('are given up after thirty seconds of packet time, IPv6 after sixty', () => {
    const patience = make === v4 ? 30 * SECOND : 60 * SECOND;
    const view = newView();
    feed(view, make(0, 16));
    feed(view, make(16, 40), patience);
    expect(view.fragmentGroup).toBe(1);
    feed(view, make(40, 48), 2 * patience + SECOND);
    expect(view.fragmentGroup).toBe(2);
    expect(view.fragments).toMatchObject({ timedOut: 1, inProgress: 1 });
    feed(view, make(0, 16, 99), 4 * patience);
    expect(view.fragments).toMatchObject({ timedOut: 2, inProgress: 1 });
  });

  it('are given up, oldest first, when there are too many', () => {
    const view = newView();
    for (let id = 0; id < 1500; id++) {
      feed(view, make(0, 16, id));
      expect(view.anomaly).toBe(id < 1024 ? ANOMALY_NONE : IP_FRAGMENT_EVICTED);
    }
    expect(view.fragments).toMatchObject({ evicted: 476, inProgress: 1024, unreadPackets: 1500 });
    for (const [start, end] of [
      [16, 40],
      [40, DATAGRAM.length],
    ])
      feed(view, make(start!, end!, 1499));
    expectWhole(view);
  });

  it('hold no more than 16 MiB', () => {
    const view = newView();
    const big = Buffer.alloc(65_000);
    for (let id = 0; id < 600; id++) {
      feed(view, make(64_000, 64_960, id, big));
      expect(tableOf(view).bytesHeld).toBeLessThan(16 * 1024 * 1024 + 70_000);
    }
    expect(tableOf(view).evicted).toBeGreaterThan(300);
  });

  it('make a datagram of the largest size in pieces of eight bytes', () => {
    const big = udp(5000, 53, Buffer.alloc(65_499 - 8, 'x'));
    const view = newView();
    for (let at = 0; at < big.length; at += 8) feed(view, make(at, Math.min(at + 8, big.length), 5, big));
    expect(view.payloadEnd - view.payloadStart).toBe(big.length - 8);
  });

  it('beyond 65,535 bytes are refused', () => {
    const view = newView();
    feed(view, make(65_528, 65_544, 5, Buffer.alloc(65_600)));
    expect(view).toMatchObject({ status: FRAGMENT, anomaly: IP_FRAGMENT_TOO_LONG });
    expect(tableOf(view).refused).toBe(1);
  });

  it('in pieces with too many gaps are refused, not hoarded', () => {
    const view = newView();
    for (let at = 0; at < 32_000; at += 16) feed(view, make(at, at + 8, 5, Buffer.alloc(65_000)));
    expect(tableOf(view).refused).toBe(32_000 / 16 - 256);
  });
});

describe('fragments in particular places', () => {
  it('keep addresses and buffer valid beyond the frame', () => {
    const view = newView();
    for (const piece of pieces(v4)) feed(view, piece);
    expect(tuple(view)).toBe('10.0.0.1:5000 > 10.0.0.2:53 17');
    const { buf, payloadStart, payloadEnd } = view;
    for (const piece of pieces(v4, 5)) feed(view, piece);
    expect(buf.toString('latin1', payloadStart, payloadEnd)).toBe(TEXT.toString());
  });

  it('without ports do not show those of the tunnel around them', () => {
    const view = newView();
    const inTunnel = (packet: Buffer) => ipv4(47, Buffer.concat([hex('0000 0800'), packet]), { src: '10.9.9.9' });
    const inner = pieces(v4).map(inTunnel);
    for (const packet of inner.slice(0, -1)) expect(feed(view, packet)).toBe(FRAGMENT);
    feed(view, inner.at(-1)!);
    expectWhole(view);
    expect(tuple(view)).toBe('10.0.0.1:5000 > 10.0.0.2:53 17');
  });

  it('of a tunnel lead on to the connection inside', () => {
    const outer = udp(50_000, 4789, Buffer.concat([hex('08000000 00000100'), ethernet(0x0800, INNER)]));
    const view = newView();
    feed(view, v4(40, outer.length, 9, outer));
    feed(view, v4(0, 40, 9, outer));
    expect(tuple(view)).toBe('192.0.2.1:40000 > 192.0.2.2:443 6');
    expect(view).toMatchObject({ fragmentGroup: 1, status: DECODED });
  });

  it('inside fragments share one group', () => {
    const view = newView();
    const [first, second] = [v4(0, 40, 1), v4(40, DATAGRAM.length, 1)];
    const nested = Buffer.concat([hex('0000 0800'), first]);
    feed(view, ipv4(47, nested.subarray(0, 32), { id: 2, more: true, src: '10.9.9.9' }));
    expect(feed(view, ipv4(47, nested.subarray(32), { id: 2, offset: 32, src: '10.9.9.9' }))).toBe(FRAGMENT);
    expect(view.fragmentGroup).toBe(1);
    feed(view, ipv4(47, Buffer.concat([hex('0000 0800'), second]), { src: '10.9.9.9' }));
    expectWhole(view);
    expect(view.fragmentGroup).toBe(1);
  });

  it('of IPv4 are kept apart by protocol', () => {
    const view = newView();
    feed(view, v4(0, 16));
    feed(view, ipv4(6, DATAGRAM.subarray(16, 40), { id: 77, offset: 16, more: true }));
    expect(view.fragmentGroup).toBe(2);
  });

  it('are put together within their VLAN, whatever the priorities', () => {
    const view = newView();
    const tagged = (tag: string, ip: Buffer) => ethernet(0x8100, Buffer.concat([hex(`${tag} 0800`), ip]));
    decode(tagged('0064', v4(0, 40)), 1, view);
    decode(tagged('0065', v4(40, DATAGRAM.length)), 1, view);
    expect(view.status).toBe(FRAGMENT);
    decode(ethernet(0x0800, v4(40, DATAGRAM.length)), 1, view);
    expect(view.status).toBe(FRAGMENT);
    decode(tagged('e064', v4(40, DATAGRAM.length)), 1, view);
    expectWhole(view);
  });

  it('that the capture cut show the ports of the first, and wait for nothing', () => {
    const view = newView();
    const large = tcp(1234, 80, Buffer.alloc(1400, 'x'));
    const first = ipv4(6, large.subarray(0, 800), { id: 3, more: true });
    decode(first.subarray(0, 60), RAW, view, first.length);
    expect(view).toMatchObject({ status: DECODED, srcPort: 1234, dstPort: 80, fragmentGroup: 1 });
    decode(ipv4(6, large.subarray(800), { id: 3, offset: 800 }).subarray(0, 60), RAW, view, 700);
    expect(view).toMatchObject({ status: FRAGMENT, fragmentGroup: 1 });
  });

  it.each([
    ['reaches beyond the last one', v4(48, DATAGRAM.length), v4(40, 72, 77, Buffer.concat([DATAGRAM, DATAGRAM]))],
    ['is another last one', v4(48, DATAGRAM.length), v4(40, 48, 77, DATAGRAM.subarray(0, 48))],
    ['is a last one before the end of others', v4(40, 64), v4(16, 32, 77, DATAGRAM.subarray(0, 32))],
  ])('that contradict each other on the end are given up: one %s', (_name, before, contradicting) => {
    const view = newView();
    feed(view, before);
    feed(view, contradicting);
    expect(view.anomaly).toBe(IP_FRAGMENT_OVERLAP);
    expect(tableOf(view)).toMatchObject({ inProgress: 0, overlaps: 1 });
  });

  it('without a byte of payload do no harm', () => {
    const view = newView();
    expect(feed(view, ipv4(17, Buffer.alloc(0), { more: true }))).toBe(FRAGMENT);
    expect(feed(view, ipv4(17, Buffer.alloc(0), { offset: 8 }))).toBe(FRAGMENT);
  });
});

describe('the memory of whole datagrams', () => {
  const UPPER = udp(5000, 53, Buffer.from(TEXT.toString().toUpperCase()));

  function whole(view: PacketView, id: number, bytes: Buffer): Buffer {
    feed(view, v4(0, 40, id, bytes));
    expect(feed(view, v4(40, bytes.length, id, bytes))).toBe(DECODED);
    return view.buf;
  }

  it('stays as it is until it is reclaimed, and then serves others', () => {
    const view = newView();
    const first = whole(view, 1, DATAGRAM);
    const { payloadStart, payloadEnd } = view;
    const second = whole(view, 2, UPPER);
    expect(second).not.toBe(first);
    expect(first.toString('latin1', payloadStart, payloadEnd)).toBe(TEXT.toString());
    view.fragments.reclaim();
    const next = [whole(view, 3, DATAGRAM), whole(view, 4, UPPER)];
    expect(new Set(next)).toEqual(new Set([first, second]));
    expect(next[0]!.toString('latin1', payloadStart, payloadEnd)).toBe(TEXT.toString());
    expect(whole(view, 5, UPPER)).not.toBe(next[0]);
  });

  it('is given back to the system where there is much of it', () => {
    const view = newView();
    const shown = new Set(Array.from({ length: 1_000 }, (_, id) => whole(view, id, DATAGRAM)));
    expect(shown.size).toBe(1_000);
    view.fragments.reclaim();
    const again = Array.from({ length: 1_000 }, (_, id) => whole(view, 1_000 + id, DATAGRAM));
    expect(again.filter((buf) => shown.has(buf))).toHaveLength(128);
  });
});

/** What counted the view's fragments. */
function tableOf(view: PacketView): FragmentTable {
  return view.fragments as FragmentTable;
}
