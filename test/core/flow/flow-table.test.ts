import { describe, expect, it } from 'vitest';
import { hashWords } from '../../../src/core/common/half-sip-hash.js';
import { AddressTable } from '../../../src/core/flow/address-table.js';
import {
  FLOW_CLOSED,
  FLOW_ESTABLISHED_A,
  FLOW_INITIATOR_B,
  FLOW_PAYLOAD_B,
  FLOW_PAYLOADS,
  FLOW_RST,
  FLOW_SYNS,
} from '../../../src/core/flow/flow-flags.js';
import * as F from '../../../src/core/flow/flow-row.js';
import { FlowTable } from '../../../src/core/flow/flow-table.js';
import { PacketClock } from '../../../src/core/flow/packet-clock.js';
import { PacketColumns } from '../../../src/core/flow/packet-columns.js';

const SYN = 2;
const ACK = 16;
const FIN = 1;
const RST = 4;

interface Packet {
  src: [number, number];
  dst: [number, number];
  flags?: number;
  seq?: number;
  at: number;
  proto?: number;
  payload?: number;
  /** In place of the hash of the key: no connection that was begun under it may end. */
  hash?: number;
}

/** Feeds packets one by one and records ended connections as [id, packets from A, packets from B]. */
function harness(maxFlows = 1024) {
  const ended: [number, number, number][] = [];
  const table: FlowTable = new FlowTable(maxFlows, new AddressTable(7), 7, (row) => {
    const w = row << F.ROW_SHIFT;
    ended.push([table.words[w + F.ID]!, table.words[w + F.PACKETS_A]!, table.words[w + F.PACKETS_B]!]);
  });
  const columns = new PacketColumns();
  const clock = new PacketClock();
  let packets = 0;
  const ts = new Float64Array(128);
  const wire = new Int32Array(128).fill(100);
  function put(i: number, p: Packet): void {
    const swap = p.src[0] > p.dst[0] || (p.src[0] === p.dst[0] && p.src[1] > p.dst[1]);
    const [a, b] = swap ? [p.dst, p.src] : [p.src, p.dst];
    columns.addrA[i] = a[0];
    columns.addrB[i] = b[0];
    columns.ports[i] = (a[1] << 16) | b[1];
    columns.proto[i] = p.proto ?? 6;
    columns.hash[i] = p.hash ?? hashWords(a[0], b[0], columns.ports[i], columns.proto[i], 7);
    columns.fromB[i] = swap ? 1 : 0;
    columns.tcpFlags[i] = p.flags ?? ACK;
    columns.tcpSeq[i] = p.seq ?? 0;
    columns.payloadWireLen[i] = p.payload ?? 0;
    ts[i] = p.at * 1e6;
    clock.run(ts.subarray(i), 1, ++packets, columns.nowMicros.subarray(i));
  }
  function feed(...packets: Packet[]): number[] {
    const rows: number[] = [];
    packets.forEach((p, i) => {
      put(i, p);
    });
    columns.count = packets.length;
    for (let from = 0; from < packets.length; ) {
      const to = table.resolve(columns, ts, wire, from);
      for (let i = from; i < to; i++) rows.push(table.words[(columns.flow[i]! << F.ROW_SHIFT) + F.ID]!);
      from = to;
    }
    return rows;
  }
  return { table, feed, ended, clock };
}

const client: [number, number] = [0x0a000001, 40000];
const server: [number, number] = [0x5db8d822, 443];
const up = { src: client, dst: server };
const down = { src: server, dst: client };

describe('FlowTable', () => {
  it('joins both directions and takes the SYN sender for the initiator, whichever packet came first', () => {
    const { table, feed } = harness();
    expect(
      feed(
        { ...down, flags: SYN | ACK, seq: 900, at: 0 },
        { ...up, flags: SYN, seq: 100, at: 0.1 },
        { ...up, at: 0.2 },
      ),
    ).toEqual([1, 1, 1]);
    const flags = table.words[F.FLAGS]!;
    expect(table.words[F.PACKETS_A]).toBe(2);
    expect(table.words[F.PACKETS_B]).toBe(1);
    expect(flags & FLOW_INITIATOR_B).toBe(0);
    expect(flags & (FLOW_SYNS | FLOW_ESTABLISHED_A)).toBe(FLOW_SYNS | FLOW_ESTABLISHED_A);
    expect(table.words[F.ISN_A]).toBe(100);
    expect(table.words[F.ISN_B]).toBe(900);
  });

  it.each([
    ['RST far behind what was sent', RST, 600_000],
    ['RST far before the SYN', RST, -400_000],
    ['FIN far behind what was sent', FIN | ACK, 600_000],
  ])('is not impressed by a fake %s', (_, flags, offset) => {
    for (const isn of [1_000_000, 2 ** 31 - 5, 2 ** 32 - 5]) {
      const { table, feed } = harness();
      feed(
        { ...up, flags: SYN, seq: isn | 0, at: 0 },
        { ...down, flags: SYN | ACK, seq: 900, at: 0.1 },
        { ...up, seq: (isn + 1) | 0, at: 0.2 },
        { ...up, flags, seq: (isn + offset) | 0, at: 0.3 },
      );
      expect(table.words[F.FLAGS]! & (FLOW_RST | FLOW_CLOSED)).toBe(0);
      feed({ ...up, flags, seq: (isn + 60_000) | 0, at: 0.4 });
      expect(table.words[F.FLAGS]! & (FLOW_RST | FLOW_CLOSED)).not.toBe(0);
    }
  });

  it('begins a new connection for a SYN with a new sequence number, not for a repeated one', () => {
    const { feed, ended } = harness();
    const ids = feed(
      { ...up, flags: SYN, seq: 1, at: 0 },
      { ...up, flags: SYN, seq: 1, at: 1 },
      { ...down, flags: SYN | ACK, seq: 5, at: 1.1 },
      { ...up, flags: ACK | FIN, at: 2 },
      { ...down, flags: ACK | FIN, at: 2.1 },
      { ...up, flags: SYN, seq: 77, at: 2.5 },
      { ...down, flags: SYN | ACK, seq: 78, at: 2.6 },
    );
    expect(ids).toEqual([1, 1, 1, 1, 1, 2, 2]);
    expect(ended).toEqual([[1, 3, 2]]);
  });

  it('takes a SYN from the other side during the opening as its other half (RFC 9293 §3.5)', () => {
    const { feed } = harness();
    expect(
      feed(
        { ...up, flags: SYN, seq: 1, at: 0 },
        { ...down, flags: SYN, seq: 9, at: 0.1 },
        { ...up, flags: SYN | ACK, seq: 1, at: 0.2 },
      ),
    ).toEqual([1, 1, 1]);
  });

  it('begins a new connection for a SYN after a close whose own SYN the capture lacks', () => {
    const { feed } = harness();
    const ids = feed(
      { ...down, flags: SYN | ACK, seq: 5, at: 0 },
      { ...up, at: 0.1, payload: 10 },
      { ...up, flags: ACK | FIN, at: 1 },
      { ...down, flags: ACK | FIN, at: 1.1 },
      { ...up, flags: SYN, seq: 77, at: 2 },
    );
    expect(ids).toEqual([1, 1, 1, 1, 2]);
  });

  it('begins a new connection after the idle time-out of packet time, sooner after a close', () => {
    const { feed } = harness();
    expect(feed({ ...up, at: 0 }, { ...up, at: 299 }, { ...up, at: 600 })).toEqual([1, 1, 2]);
    const second = harness();
    expect(second.feed({ ...up, flags: RST, at: 0 }, { ...up, at: 5 }, { ...up, at: 30 })).toEqual([1, 1, 2]);
    const udp = harness();
    expect(udp.feed({ ...up, proto: 17, flags: 0, at: 0 }, { ...up, proto: 17, flags: 0, at: 121 })).toEqual([1, 2]);
  });

  it('keeps established TCP connections that are silent for hours, and what an RST may not have ended', () => {
    const opening = [
      { ...up, flags: SYN, seq: 1, at: 0 },
      { ...down, flags: SYN | ACK, seq: 5, at: 0.1 },
      { ...up, at: 0.2 },
    ];
    const silent = harness();
    expect(silent.feed(...opening, { ...down, at: 600, payload: 9 }, { ...up, at: 7900 })).toEqual([1, 1, 1, 1, 1]);
    expect(silent.feed({ ...up, at: 15_400 })).toEqual([2]);
    const midStream = harness();
    expect(midStream.feed({ ...down, at: 0, payload: 9 }, { ...up, at: 1 }, { ...down, at: 1900 })).toEqual([1, 1, 1]);
    const reset = harness();
    expect(
      reset.feed(...opening, { ...up, flags: RST, at: 1 }, { ...down, at: 40, payload: 9 }, { ...up, at: 300 }),
    ).toEqual([1, 1, 1, 1, 1, 1]);
    const unanswered = harness();
    expect(unanswered.feed({ ...up, flags: SYN, at: 0 }, { ...up, flags: ACK, at: 301 })).toEqual([1, 2]);
    const refused = harness();
    expect(
      refused.feed({ ...up, flags: SYN, at: 0 }, { ...down, flags: RST | ACK, at: 0.1 }, { ...up, at: 11 }),
    ).toEqual([1, 1, 2]);
    const over = harness();
    expect(
      over.feed(
        ...opening,
        { ...up, flags: FIN | ACK, at: 1 },
        { ...down, flags: FIN | ACK, at: 1.1 },
        { ...up, at: 12 },
      ),
    ).toEqual([1, 1, 1, 1, 1, 2]);
  });

  it('is not misled by time that runs backwards', () => {
    const { feed } = harness();
    expect(feed({ ...up, at: 5000 }, { ...up, at: 0 }, { ...up, at: 5001 })).toEqual([1, 1, 1]);
  });

  it('ends the longest silent connection when full, and counts it', () => {
    const { table, feed, ended } = harness(16);
    for (let n = 0; n < 40; n++) feed({ src: [1, n], dst: server, flags: SYN, at: n });
    expect(table.size).toBe(16);
    expect(table.evicted).toBe(24);
    expect(ended.map(([id]) => id)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
  });

  it('sweeps silent connections with the clock hand, and drains the rest in order of beginning', () => {
    const { table, feed, ended } = harness();
    for (let n = 0; n < 300; n++) feed({ src: [1, n], dst: server, flags: SYN, at: 0 });
    // Sweeps go by the earliest stamp since the last but one, and pass a few rows where no connection begins.
    for (let n = 0; n < 40; n++) {
      feed({ ...up, at: 1000 });
      table.sweep(400);
    }
    expect(table.size).toBe(1);
    expect(ended.length).toBe(300);
    feed({ src: [2, 1], dst: server, at: 1000 });
    expect(table.drain(1)).toBe(true);
    expect(table.drain(5)).toBe(false);
    expect(ended.slice(300).map(([id]) => id)).toEqual([301, 302]);
  });

  it('finds every connection after many came and went', () => {
    const { table, feed } = harness(4096);
    const alive = new Map<number, number>();
    let n = 0;
    for (let round = 0; round < 30; round++) {
      for (let k = 0; k < 100; k++, n++)
        alive.set(n, feed({ src: [n, 1], dst: server, flags: SYN, at: round * 50 })[0]!);
      table.sweep(4096);
      for (const [key, id] of alive) {
        if (key < n - 600) alive.delete(key);
        else expect(feed({ src: [key, 1], dst: server, at: round * 50 })[0]).toBe(id);
      }
    }
  });

  it('tells connections under the same hash apart, in whatever order their packets come in a batch', () => {
    const { feed } = harness();
    const of = (port: number): Packet => ({ src: [1, port], dst: [2, 443], at: 0, hash: 0x7654321 });
    expect(feed(of(1), of(2), of(3))).toEqual([1, 2, 3]);
    expect(feed(of(3), of(1), of(2), of(4), of(1), of(4))).toEqual([3, 1, 2, 4, 1, 4]);
  });

  it('does not take the row of a connection that ended in the same batch for its next packet', () => {
    const { feed, ended } = harness(1);
    const of = (port: number): Packet => ({ src: [1, port], dst: [2, 443], at: 0 });
    expect(feed(of(1))).toEqual([1]);
    expect(feed(of(1), of(2), of(1), of(1))).toEqual([1, 2, 3, 3]);
    expect(ended).toEqual([
      [1, 2, 0],
      [2, 1, 0],
    ]);
  });

  it('keeps all that is known of connections when it needs more memory, and no more of them than it may', () => {
    const MOST = 9_000;
    const { table, feed, ended } = harness(MOST);
    const opposite = ({ src, dst }: Packet): Packet => ({ src: dst, dst: src, at: 2 });
    for (let n = 0; n < MOST; n += 100) {
      const packets = Array.from({ length: 100 }, (_, k): Packet => ({ src: [n + k + 10, 1], dst: [5, 2], at: 1 }));
      feed(...packets);
    }
    for (let n = 0; n < MOST; n += 100) {
      const packets = Array.from({ length: 100 }, (_, k): Packet => ({ src: [n + k + 10, 1], dst: [5, 2], at: 1 }));
      expect(feed(...packets.map(opposite))).toEqual(packets.map((_, k) => n + k + 1));
    }
    expect([table.size, table.evicted, ended.length]).toEqual([MOST, 0, 0]);
    feed({ src: [3, 1], dst: [5, 2], at: 3 });
    expect([table.size, table.evicted]).toEqual([MOST, 1]);
    while (table.drain(1000));
    expect(ended.slice(0, MOST).every(([, out, into]) => out === 1 && into === 1)).toBe(true);
  });

  it.each([
    ['TCP in mid-stream from a well-known port', 6, ACK, 80, 40_000, true],
    ['TCP in mid-stream from a port of services', 6, ACK, 8080, 40_000, true],
    ['TCP between ports of services', 6, ACK, 8080, 5000, false],
    ['TCP between ports of clients', 6, ACK, 40_000, 50_000, false],
    ['TCP with SYN from a low port', 6, SYN, 80, 40_000, false],
    ['UDP from a well-known port', 17, 0, 443, 50_000, true],
    ['UDP to a well-known port', 17, 0, 50_000, 443, false],
    ['UDP between well-known ports', 17, 0, 67, 68, false],
    ['UDP from any other port', 17, 0, 5060, 50_000, false],
    ['a protocol without ports', 1, 0, 0, 0, false],
  ])('takes the sender of the first packet for the responder or not: %s', (_, proto, flags, from, to, isTurned) => {
    for (const [src, dst] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const { table, feed } = harness();
      feed({ src: [src, from], dst: [dst, to], proto, flags, at: 0 });
      const sender = src > dst ? 1 : 0;
      expect(table.initiatorOf(0)).toBe(isTurned ? 1 - sender : sender);
    }
  });

  it('exchanges the roles of the endpoints', () => {
    const { table, feed } = harness();
    feed({ ...down, at: 0, payload: 10 }, { ...up, at: 1 });
    expect(table.directionOf(0, 1)).toBe(1);
    table.flipInitiator(0);
    expect(table.directionOf(0, 1)).toBe(0);
    expect(table.words[F.PACKETS_A]).toBe(1);
    expect(table.words[F.FLAGS]! & FLOW_PAYLOADS).toBe(FLOW_PAYLOAD_B);
  });

  it('goes by headers alone: what a SYN means does not depend on what payload showed', () => {
    for (const isFlipped of [false, true]) {
      for (const first of [up, down]) {
        for (const second of [up, down]) {
          const { table, feed } = harness();
          feed({ ...first, at: 0, payload: 10 });
          if (isFlipped) table.flipInitiator(0);
          expect(feed({ ...second, flags: SYN, seq: 9, at: 1 }), JSON.stringify([first, second, isFlipped])).toEqual([
            2,
          ]);
        }
      }
    }
  });

  it('ends silent connections when it is told that time went by, and no others', () => {
    const { table, feed, ended } = harness();
    feed({ src: [1, 1000], dst: [2, 53], proto: 17, at: 0 }, { src: [3, 1000], dst: [2, 53], proto: 17, at: 100 });
    table.advance(120e6);
    expect(ended).toEqual([]);
    table.advance(121e6);
    expect(ended.map(([id]) => id)).toEqual([1]);
    table.advance(50e6);
    expect(table.size).toBe(1);
  });

  it('comes round in sixteen calls, however many rows there are', () => {
    const { table, feed, ended } = harness(1 << 14);
    for (let n = 0; n < 10_000; n += 100) {
      feed(
        ...Array.from({ length: 100 }, (_, i) => ({
          src: [n + i + 10, 7] as [number, number],
          dst: [2, 53] as [number, number],
          proto: 17,
          at: 0,
        })),
      );
    }
    table.advance(121e6);
    const first = ended.length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(1000);
    for (let call = 1; call < 16; call++) table.advance(121e6);
    expect(ended.length).toBe(10_000);
    expect(table.size).toBe(0);
  });
});

describe('FlowTable, where time runs backwards', () => {
  const quic = (port: number, at: number): Packet => ({ src: [1, port], dst: [2, 443], proto: 17, flags: 0, at });
  const rounds = (from: number, count: number): Packet[] =>
    Array.from({ length: count }, (_, n) => quic(1 + (n % 10), from + n / 100));

  /** Feeds packets in batches, with sweeps between, and counts the connections. */
  function connectionsOf(packets: readonly Packet[]): number {
    const { table, feed } = harness();
    for (let at = 0; at < packets.length; at += 100) {
      feed(...packets.slice(at, at + 100));
      table.sweep(100);
    }
    return table.started;
  }

  it.each([
    ['the first packet is stamped ten minutes ahead', [quic(1, 1600), ...rounds(1000, 4000)]],
    ['a packet in between is', [...rounds(1000, 2000), quic(3, 1620), ...rounds(1020, 2000)]],
    ['a packet in between has no time', [...rounds(1000, 2000), quic(3, 0), ...rounds(1020, 2000)]],
    ['a packet in between is from 2106', [...rounds(1000, 2000), quic(3, 4e9), ...rounds(1020, 2000)]],
    ['the clock is set back by an hour', [...rounds(5000, 2000), ...rounds(1400, 2000)]],
    [
      'two interfaces go by clocks ten minutes apart',
      rounds(1000, 4000).map((packet, n) => (n % 2 === 0 ? packet : { ...packet, at: packet.at + 600 })),
    ],
  ])('cuts no connection when %s', (_, packets) => {
    expect(connectionsOf(packets)).toBe(10);
  });

  it('keeps the time of a connection near that of its other packets', () => {
    for (const stray of [1600, 0]) {
      const { table, feed } = harness();
      feed(...rounds(1000, 50), quic(1, stray), ...rounds(1001, 40));
      expect(table.lastMicrosOf(0) / 1e6).toBeCloseTo(1001.3);
      expect(table.firstMicrosOf(0) / 1e6).toBe(1000);
    }
    // A connection that begins with the first packets behind a silence is not cut once the silence is confirmed.
    const later = harness();
    later.feed(...rounds(1000, 50), { ...up, flags: SYN, at: 5000 });
    expect(later.feed({ ...down, flags: SYN | ACK, at: 5000.1 }, { ...up, at: 5000.2 })).toEqual([11, 11]);
    expect(later.feed(...rounds(5001, 10), { ...up, at: 5002 }).at(-1)).toBe(11);
    const { table, feed } = harness();
    feed(quic(1, 1600), ...rounds(1000, 60));
    expect(table.firstMicrosOf(0) / 1e6).toBeLessThan(1001);
    expect(table.lastMicrosOf(0) / 1e6).toBeCloseTo(1000.5);
  });

  it('still ends connections once the silence is confirmed', () => {
    expect(connectionsOf([...rounds(1000, 2000), ...rounds(5000, 2000)])).toBeGreaterThanOrEqual(16);
  });
});
