import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { AddressTable } from '../../../src/core/flow/address-table.js';
import { DecodeStage } from '../../../src/core/flow/decode-stage.js';
import { PacketColumns } from '../../../src/core/flow/packet-columns.js';
import { PlainFrameDecoder } from '../../../src/core/flow/plain-frame.js';
import { SegmentTable } from '../../../src/core/flow/segment-table.js';
import { FragmentTable } from '../../../src/core/layers/fragments.js';
import { PacketView } from '../../../src/core/layers/packet-view.js';
import {
  type Encapsulate,
  ethernet,
  LINK_ETHERNET,
  LINK_LINUX_SLL,
  LINK_LINUX_SLL2,
  LINK_RAW,
  linuxSll,
  linuxSll2,
  vlanEthernet,
} from '../../forge/link.js';
import { FORGE_EPOCH_MICROS } from '../../forge/packet.js';
import { pcapFile } from '../../forge/pcap.js';
import { Prng } from '../../forge/prng.js';
import { ACK, SYN_OPTIONS, tcpPacket, udpPacket } from '../../forge/transport.js';

const SEED = 4711;
const COLUMNS = [
  'addrA',
  'addrB',
  'ports',
  'proto',
  'hash',
  'fromB',
  'payloadStart',
  'payloadEnd',
  'payloadWireLen',
  'fragmentGroup',
  'quotedStart',
  'quotedEnd',
  'bufIndex',
] as const;

/**
 * Decodes a capture frame by frame through the layers and the short way; returns how many frames went the short way.
 */
function compare(capture: Buffer): number {
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  const layered = new PacketColumns();
  const plain = new PacketColumns();
  const addresses = new AddressTable(SEED);
  const segments = new SegmentTable(SEED);
  const view = new PacketView(Buffer.alloc(0), new FragmentTable());
  const stage = new DecodeStage(view, addresses, SEED, false, segments);
  const decoder = new PlainFrameDecoder(addresses, SEED, segments);
  let taken = 0;
  for (let at = 0; at < capture.length || at === 0; ) {
    at += stream.push(capture, at);
    if (at >= capture.length) stream.end();
    while (stream.nextBatch(batch)) {
      decoder.attach(batch.buf);
      stage.run(batch, layered, false);
      for (let i = 0; i < batch.count; i++) {
        if (!decoder.decode(batch, plain, i)) continue;
        taken++;
        for (const name of COLUMNS) expect([name, plain[name][i]]).toEqual([name, layered[name][i]]);
        if ((layered.proto[i]! & 255) === 6) {
          expect(plain.tcpSeq[i]).toBe(layered.tcpSeq[i]);
          expect(plain.tcpAck[i]).toBe(layered.tcpAck[i]);
          expect(plain.tcpStart[i]).toBe(layered.tcpStart[i]);
        }
        expect(plain.tcpFlags[i]).toBe(layered.tcpFlags[i]);
      }
    }
    if (stream.stopped) break;
  }
  return taken;
}

/** Where the frames of a little-endian pcap begin. */
function framesOf(capture: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 24 + 16; at < capture.length; at += 16 + capture.readUInt32LE(at - 8)) starts.push(at);
  return starts;
}

/** The capture with all frames cut to `len` bytes, as a snap length does. */
function cutTo(capture: Buffer, len: number): Buffer {
  const pieces = [capture.subarray(0, 24)];
  for (const at of framesOf(capture)) {
    const head = Buffer.from(capture.subarray(at - 16, at));
    const kept = Math.min(len, head.readUInt32LE(8));
    head.writeUInt32LE(kept, 8);
    pieces.push(head, capture.subarray(at, at + kept));
  }
  return Buffer.concat(pieces);
}

const LINKS: { name: string; linkType: number; link: Encapsulate }[] = [
  { name: 'Ethernet', linkType: LINK_ETHERNET, link: (ip) => ethernet(ip) },
  { name: 'a VLAN tag', linkType: LINK_ETHERNET, link: vlanEthernet([42]) },
  { name: 'a cooked header', linkType: LINK_LINUX_SLL, link: linuxSll },
  { name: 'a cooked header of version 2', linkType: LINK_LINUX_SLL2, link: linuxSll2 },
  { name: 'nothing', linkType: LINK_RAW, link: (ip) => ip },
];

/** TCP and UDP over both versions of IP. */
function captureOf(linkType: number, link: Encapsulate): Buffer {
  const packets = [
    ['192.0.2.1', '198.51.100.7'],
    ['2001:db8::1', '2001:db8:7::2'],
  ].flatMap(([client, server]) => {
    const from = { address: client!, port: 50_000 };
    const to = { address: server!, port: 4242 };
    const payload = Buffer.from('not known');
    return [
      tcpPacket(from, to, { seq: 7, ack: 8, flags: ACK, options: SYN_OPTIONS, payload }),
      udpPacket(to, from, payload),
    ];
  });
  const frames = packets.map((packet) => ({ data: link(packet), timeMicros: FORGE_EPOCH_MICROS }));
  return pcapFile(frames, { linkType });
}

/** Beyond all headers of `captureOf`. */
const HEADERS_LEN = 96;

function captures(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(pcap|pcapng|cap)$/.test(name))
    .map((name) => join(folder, name));
}

describe('plain frames', () => {
  const samples = resolve(import.meta.dirname, '../../../samples');

  it('decode to the same columns as through the layers', () => {
    let taken = 0;
    for (const path of [...captures(samples), ...captures(join(samples, 'generated'))])
      taken += compare(readFileSync(path));
    expect(taken).toBeGreaterThan(1000);
  });

  it.each(LINKS)('are taken behind $name', ({ linkType, link }) => {
    expect(compare(captureOf(linkType, link))).toBe(4);
  });

  it.each(LINKS)('behind $name decode to the same columns at every length', ({ linkType, link }) => {
    const whole = captureOf(linkType, link);
    for (let len = 0; len <= HEADERS_LEN; len++) compare(cutTo(whole, len));
  });

  it.each(LINKS)('behind $name decode to the same columns with any byte of their headers changed', (one) => {
    const original = captureOf(one.linkType, one.link);
    const random = new Prng(one.name);
    for (let round = 0; round < 2000; round++) {
      const capture = Buffer.from(original);
      for (const at of framesOf(capture)) {
        const target = random.int(Math.min(capture.readUInt32LE(at - 8), HEADERS_LEN));
        capture[at + target] = random.chance(0.5) ? random.int(256) : capture[at + target]! ^ (1 << random.int(8));
      }
      compare(capture);
    }
  });

  it('do so with any byte of their headers changed', () => {
    const original = readFileSync(join(samples, 'demo.pcap'));
    const random = new Prng(7);
    for (let round = 0; round < 60; round++) {
      const capture = Buffer.from(original);
      for (const at of framesOf(capture)) {
        capture[at + random.int(Math.min(capture.readUInt32LE(at - 8), 60))] = random.int(256);
      }
      compare(capture);
    }
  });

  it('do so in every reference capture', { timeout: 300_000 }, () => {
    const corpus = resolve(import.meta.dirname, '../../../../shared/corpus/captures');
    let names: string[];
    try {
      names = captures(corpus);
    } catch {
      console.log('skipped: the reference captures (../shared/corpus) are not here');
      return;
    }
    let taken = 0;
    for (const path of names) taken += compare(readFileSync(path));
    expect(taken).toBeGreaterThan(100_000);
  });
});
