import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CaptureStream } from '../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../src/core/capture/packet-batch.js';
import type { ForgedPacket } from '../forge/packet.js';
import { Prng } from '../forge/prng.js';
import { SYN } from '../forge/transport.js';
import { analyzePackets, permutations } from './engine.js';

const CHROMIUM_QUIC = ['www.youtube.com', 'i.ytimg.com', 'rr3---sn-4g5ednsl.googlevideo.com'];
const CHROMIUM_TLS = [...CHROMIUM_QUIC, 'www.netflix.com', 'occ-0-1490-1489.1.nflxso.net'];

/** Recordings of today's browsers, and every name that tshark sees in them over TLS and QUIC. */
const RECORDINGS: [file: string, names: string[]][] = [
  ['chromium-tls.pcap', CHROMIUM_TLS],
  ['chromium-quic.pcap', CHROMIUM_QUIC],
  ['firefox-tls.pcap', ['discord.com', 'gateway.discord.gg']],
  ['firefox-quic.pcapng', ['www.google.com']],
];

function packetsOf(file: string): ForgedPacket[] {
  const capture = readFileSync(new URL(`../../samples/${file}`, import.meta.url));
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  const packets: ForgedPacket[] = [];
  for (let at = 0; at < capture.length; ) {
    at += stream.push(capture, at);
    while (stream.nextBatch(batch)) {
      for (let i = 0; i < batch.count; i++) {
        const data = Buffer.from(batch.buf.subarray(batch.frameStart[i], batch.frameEnd[i]));
        packets.push({ data, timeMicros: batch.tsMicros[i]! });
      }
    }
  }
  return packets;
}

/** Offset of the TCP or UDP header of an Ethernet frame with IPv4. */
const TRANSPORT = 34;

/** Connection of a packet with payload to port 443; null for all others. */
function clientPayloadKey({ data }: ForgedPacket): string | null {
  if (data.readUInt16BE(12) !== 0x0800 || data[14] !== 0x45 || data.readUInt16BE(TRANSPORT + 2) !== 443) return null;
  const isTcp = data[23] === 6;
  const headerLen = isTcp ? (data[TRANSPORT + 12]! >> 4) * 4 : 8;
  return data.readUInt16BE(16) - 20 - headerLen > 0 ? `${data[23]} ${data.toString('hex', 26, 38)}` : null;
}

/**
 * Puts the first `order.length` payload packets of every client into that order; the time stamps stay where they are.
 */
function reordered(packets: readonly ForgedPacket[], order: readonly number[]): ForgedPacket[] {
  const places = new Map<string, number[]>();
  for (const [index, packet] of packets.entries()) {
    const key = clientPayloadKey(packet);
    if (key !== null) places.set(key, [...(places.get(key) ?? []), index].slice(0, order.length));
  }
  const out = [...packets];
  for (const place of places.values()) {
    if (place.length < order.length) continue;
    order.forEach((from, to) => {
      out[place[to]!] = { ...packets[place[from]!]!, timeMicros: packets[place[to]!]!.timeMicros };
    });
  }
  return out;
}

function isSyn({ data }: ForgedPacket): boolean {
  return data.readUInt16BE(12) === 0x0800 && data[23] === 6 && (data[TRANSPORT + 13]! & SYN) !== 0;
}

function namesOf(packets: readonly ForgedPacket[]): string[] {
  const seen = analyzePackets(packets).filter((one) => one.detected_by === 'tls' || one.detected_by === 'quic');
  return [...new Set(seen.map((one) => one.domain!))].sort();
}

/** Not every client sends the same number of packets: what its hello takes can be moved, and no more. */
const ORDERS = [[0], ...permutations(2)];

describe.each(RECORDINGS)('%s', (file, names) => {
  const present = existsSync(new URL(`../../samples/${file}`, import.meta.url));
  const expected = [...names].sort();
  const packets = present ? packetsOf(file) : [];

  it.skipIf(!present)('shows every name whatever the order of the first packets', () => {
    for (const order of ORDERS) expect(namesOf(reordered(packets, order)), `order ${order}`).toEqual(expected);
  });

  it.skipIf(!present)('shows every name when each of them comes twice', () => {
    const twice = packets.flatMap((packet) => (clientPayloadKey(packet) === null ? [packet] : [packet, packet]));
    expect(namesOf(twice)).toEqual(expected);
    expect(namesOf(reordered(twice, [2, 0, 1, 3]))).toEqual(expected);
  });

  it.skipIf(!present)('shows every name without a TCP handshake, in any order', () => {
    const headless = packets.filter((packet) => !isSyn(packet));
    for (const order of ORDERS) expect(namesOf(reordered(headless, order)), `order ${order}`).toEqual(expected);
  });

  it.skipIf(!present)('shows every name when a network shuffles it all a little', () => {
    const random = new Prng(file);
    for (let n = 0; n < 10; n++) {
      const late = packets.map((packet, at) => ({ packet, at: at + random.int(4) }));
      const mixed = late
        .sort((a, b) => a.at - b.at)
        .map(({ packet }, at) => ({ ...packet, timeMicros: packets[at]!.timeMicros }));
      expect(namesOf(mixed)).toEqual(expected);
    }
  });
});
