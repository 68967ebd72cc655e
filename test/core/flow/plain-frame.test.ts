import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CaptureStream } from '../../../src/core/capture/capture-stream.js';
import { PacketBatch } from '../../../src/core/capture/packet-batch.js';
import { AddressTable } from '../../../src/core/flow/address-table.js';
import { DecodeStage } from '../../../src/core/flow/decode-stage.js';
import { PacketColumns } from '../../../src/core/flow/packet-columns.js';
import { decodePlainFrame } from '../../../src/core/flow/plain-frame.js';
import { FragmentTable } from '../../../src/core/layers/fragments.js';
import { PacketView } from '../../../src/core/layers/packet-view.js';
import { Prng } from '../../forge/prng.js';

const SEED = 4711;
const LINKTYPE_ETHERNET = 1;
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

/** Decodes a capture frame by frame through the layers and the short way; returns how many frames went the short way. */
function compare(capture: Buffer): number {
  const stream = new CaptureStream();
  const batch = new PacketBatch();
  const layered = new PacketColumns();
  const plain = new PacketColumns();
  const stage = new DecodeStage(new PacketView(Buffer.alloc(0), new FragmentTable()), new AddressTable(SEED), SEED);
  let taken = 0;
  for (let at = 0; at < capture.length || at === 0; ) {
    at += stream.push(capture, at);
    if (at >= capture.length) stream.end();
    while (stream.nextBatch(batch)) {
      const bytes = new DataView(batch.buf.buffer, batch.buf.byteOffset, batch.buf.length);
      stage.run(batch, layered, false);
      for (let i = 0; i < batch.count; i++) {
        if (batch.linkType[i] !== LINKTYPE_ETHERNET) continue;
        if (!decodePlainFrame(bytes, batch.buf, batch.frameStart[i]!, batch.frameEnd[i]!, SEED, plain, i)) continue;
        taken++;
        for (const name of COLUMNS) expect([name, plain[name][i]]).toEqual([name, layered[name][i]]);
        if (layered.proto[i] === 6) {
          expect(plain.tcpSeq[i]).toBe(layered.tcpSeq[i]);
          expect(plain.tcpAck[i]).toBe(layered.tcpAck[i]);
        }
        expect(plain.tcpFlags[i]).toBe(layered.tcpFlags[i]);
      }
    }
    if (stream.stopped) break;
  }
  return taken;
}

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

  it('do so with any byte of their headers changed', () => {
    const original = readFileSync(join(samples, 'demo.pcap'));
    const random = new Prng(7);
    for (let round = 0; round < 60; round++) {
      const capture = Buffer.from(original);
      for (let at = 24; at + 16 < capture.length; ) {
        const len = capture.readUInt32LE(at + 8);
        const target = at + 16 + random.int(Math.min(len, 60));
        capture[target] = random.int(256);
        at += 16 + len;
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
