import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Payload } from '../../../src/core/explain/payload.js';
import { StreamBytes } from '../../../src/core/explain/stream-bytes.js';

const STREAM = Buffer.from(Array.from({ length: 400 }, (_, i) => (i * 7 + (i >> 3)) & 255));

function payload(packet: number, bytes: Buffer): Payload {
  const input = { name: 'x.pcap' };
  return {
    packet,
    tsMicros: packet,
    sender: 0,
    bytes,
    frameOffset: 54,
    fileOffset: 1000 * packet,
    input,
    fragments: [],
  };
}

describe('StreamBytes', () => {
  it('knows of every byte which packet brought it first, whatever the order, overlap and sequence numbers', () => {
    const pieces = fc.array(fc.tuple(fc.nat(STREAM.length - 1), fc.integer({ min: 1, max: 120 })), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (extra, isn) => {
        const stream = new StreamBytes();
        const owner = new Array<number>(STREAM.length).fill(0);
        const cuts = [[0, 1] as const, ...extra, [0, STREAM.length] as const];
        for (const [n, [at, len]] of cuts.entries()) {
          const end = Math.min(STREAM.length, at + len);
          stream.add((isn + at) | 0, payload(n + 1, STREAM.subarray(at, end)));
          for (let i = at; i < end; i++) owner[i] ||= n + 1;
        }
        const span = stream.find(STREAM.subarray(100, 160), 0)!;
        expect(span.end - span.start).toBe(60);
        let at = span.start;
        for (const place of stream.places(span.start, span.end)) {
          for (let i = 0; i < place.length; i++) expect(place.packet).toBe(owner[at + i]);
          const [start] = cuts[place.packet - 1]!;
          expect(place.frame_offset).toBe(54 + at - start);
          expect(place.file_offset).toBe(1000 * place.packet + place.frame_offset!);
          expect(place.hex).toBe(STREAM.toString('hex', at, at + Math.min(64, place.length)));
          at += place.length;
        }
        expect(at).toBe(span.end);
      }),
      { numRuns: 300 },
    );
  });

  it('prefers the copy that the packet had a part of', () => {
    const stream = new StreamBytes();
    for (let n = 0; n < 3; n++) stream.add(n * 5, payload(n + 1, Buffer.from('hello')));
    expect(stream.find(Buffer.from('hello'), 2)).toEqual({ start: 5, end: 10 });
    expect(stream.find(Buffer.from('hello'), 9)).toEqual({ start: 10, end: 15 });
    expect(stream.find(Buffer.from('absent'), 1)).toBeNull();
  });

  it('forgets the middle of a long stream', () => {
    const stream = new StreamBytes();
    for (let n = 0; n < 2000; n++) stream.add(n * 1000, payload(n + 1, Buffer.alloc(1000, n & 255)));
    expect(stream.places(0, 1000)).toHaveLength(1);
    expect(stream.places(1_000_000, 1_001_000)).toHaveLength(0);
    expect(stream.places(1_999_000, 2_000_000)).toHaveLength(1);
  });
});
