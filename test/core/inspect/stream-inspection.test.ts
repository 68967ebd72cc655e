import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../../src/core/flow/address-table.js';
import { FLOW_SEQ_A } from '../../../src/core/flow/flow-flags.js';
import * as F from '../../../src/core/flow/flow-row.js';
import type { Endpoint } from '../../../src/core/flow/flow-rows.js';
import { FlowTable } from '../../../src/core/flow/flow-table.js';
import { BufferPool } from '../../../src/core/flow/stream-assembler.js';
import { type FindingListener, FindingOutcome } from '../../../src/core/inspect/finding-listener.js';
import {
  Finding,
  FOUND,
  InspectContext,
  type Inspector,
  NEED_MORE,
  NOT_MINE,
} from '../../../src/core/inspect/inspector.js';
import { InspectorTable } from '../../../src/core/inspect/inspector-table.js';
import { KeptStreams } from '../../../src/core/inspect/kept-streams.js';
import { Segment } from '../../../src/core/inspect/packet-payload.js';
import { StreamInspection } from '../../../src/core/inspect/stream-inspection.js';

/** "N<len><name>": a protocol whose whole message is one length-prefixed name. */
function lengthPrefixed(first: string, continues: boolean): Inspector {
  return {
    name: first,
    ipProto: 6,
    firstBytes: [first.charCodeAt(0)],
    ports: [],
    maxBufferedLen: 65536,
    continues,
    inspect(buf, start, end, context, finding) {
      if (buf[start] !== first.charCodeAt(0)) return NOT_MINE;
      if (end - start < 3) {
        finding.neededLen = 3;
        return context.final ? NOT_MINE : NEED_MORE;
      }
      const len = buf.readUInt16BE(start + 1);
      if (end - start < 3 + len) {
        finding.neededLen = 3 + len;
        if (!context.final) return NEED_MORE;
      }
      finding.nameBuf = buf;
      finding.nameStart = start + 3;
      finding.nameEnd = Math.min(end, start + 3 + len);
      finding.consumedEnd = continues ? start + 3 + len : -1;
      return FOUND;
    },
  };
}

function message(first: string, name: string): Buffer {
  const head = Buffer.from(`${first}xx`);
  head.writeUInt16BE(name.length, 1);
  return Buffer.concat([head, Buffer.from(name)]);
}

function harness(...inspectors: Inspector[]) {
  const names: string[] = [];
  const outcome = new FindingOutcome();
  const listener: FindingListener = {
    describe: () => {},
    found(_row, _sender, inspector, finding) {
      if (finding.nameBuf !== null) names.push(finding.nameBuf.toString('latin1', finding.nameStart, finding.nameEnd));
      outcome.isSettled = !inspector.continues;
      return outcome;
    },
  };
  const pool = new BufferPool(1 << 20);
  const flows = new FlowTable(16, new AddressTable(1), 1, () => {});
  const streams = new StreamInspection(
    new InspectorTable(inspectors),
    flows,
    new KeptStreams(flows, pool, 16),
    new InspectContext(),
    new Finding(),
    listener,
  );
  const segment = new Segment();
  /** Shows `buf[start, end)` at sequence number `seq`; true when the connection needs no more inspection. */
  const show = (
    sender: Endpoint,
    seq: number,
    buf: Buffer,
    start: number,
    end: number,
    wireLen = end - start,
  ): boolean => {
    Object.assign(segment, { sender, seq, buf, start, end, wireLen, packetNumber: 1 });
    return streams.segment(segment);
  };
  /** As a SYN with sequence number `seq - 1` from endpoint A would. */
  const expectFrom = (seq: number): void => {
    flows.words[F.SEQ_A] = seq;
    flows.words[F.FLAGS] = FLOW_SEQ_A;
  };
  return { streams, show, names, pool, expectFrom };
}

describe('StreamInspection', () => {
  it('reads one name from any segmentation, order, repetition and overlap once the SYN is known', () => {
    const stream = message('N', 'www.example.org'.repeat(8));
    const cuts = fc.array(fc.tuple(fc.nat(stream.length - 1), fc.integer({ min: 1, max: 90 })), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.boolean(), (extra, isn, reverse) => {
        const { streams, show, names, pool, expectFrom } = harness(lengthPrefixed('N', false));
        expectFrom(isn);
        const rest: [number, number][] = [];
        for (let at = 0; at < stream.length; at += 40) rest.push([at, 40]);
        const pieces = [...extra, ...(reverse ? rest.reverse() : rest)];
        let done = false;
        for (const [at, len] of pieces) {
          const end = Math.min(stream.length, at + len);
          if (!done) done = show(0, (isn + at) | 0, stream, at, end, end - at);
        }
        streams.end(0, done);
        expect(names).toEqual(['www.example.org'.repeat(8)]);
        expect(pool.lentLen).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('goes on from message to message, over bodies that end in a later segment', () => {
    const { streams, show, names, expectFrom } = harness(lengthPrefixed('C', true));
    const stream = Buffer.concat([
      message('C', 'one.example'),
      message('C', 'two.example'),
      message('C', 'three.example'),
    ]);
    expectFrom(0);
    for (let at = 0; at < stream.length; at += 7) {
      const end = Math.min(stream.length, at + 7);
      expect(show(0, at, stream, at, end, end - at)).toBe(false);
    }
    streams.end(0, false);
    expect(names).toEqual(['one.example', 'two.example', 'three.example']);
  });

  it('asks for a last word when a hole is never filled or the connection ends', () => {
    const stream = message('N', 'cut.example.org');
    const { streams, show, names, pool, expectFrom } = harness(lengthPrefixed('N', false));
    expectFrom(0);
    show(0, 0, stream, 0, 10, 10);
    show(0, 12, stream, 12, stream.length, stream.length - 12);
    streams.end(0, false);
    expect(names).toEqual(['cut.exa']);
    expect(pool.lentLen).toBe(0);
  });

  it('finds a message that begins at a later segment', () => {
    const { show, names, expectFrom } = harness(lengthPrefixed('N', false));
    expectFrom(0);
    const banner = Buffer.from('220 ready\r\n');
    show(1, 500, banner, 0, banner.length, banner.length);
    show(0, 0, banner, 0, banner.length, banner.length);
    const hello = message('N', 'late.example');
    expect(show(0, banner.length, hello, 0, hello.length, hello.length)).toBe(true);
    expect(names).toEqual(['late.example']);
  });

  it('gives up after a bounded number of unknown segments', () => {
    const { show } = harness(lengthPrefixed('N', false));
    const junk = Buffer.from('junk');
    let segments = 0;
    while (!show(0, segments * 4, junk, 0, 4, 4)) segments++;
    expect(segments).toBeLessThan(30);
  });

  it('reads the name from any order of up to twelve segments of which none is known to be the first', () => {
    const stream = message('N', 'www.example.org'.repeat(8));
    const step = Math.ceil(stream.length / 11);
    const starts = Array.from({ length: 11 }, (_, n) => n * step);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(starts, { minLength: 11, maxLength: 11 }),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        (order, isn) => {
          const { streams, show, names, pool } = harness(lengthPrefixed('N', false));
          let done = false;
          for (const at of order) {
            const end = Math.min(stream.length, at + step);
            if (!done) done = show(0, (isn + at) | 0, stream, at, end, end - at);
          }
          streams.end(0, done);
          expect(names).toEqual(['www.example.org'.repeat(8)]);
          expect(pool.lentLen).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('reads messages that lie before, behind and between unknown bytes, whatever order they come in', () => {
    const parts = [
      message('N', 'one.example'),
      Buffer.from('unknown!'),
      message('C', 'two.example'),
      Buffer.from('x?'),
    ];
    const stream = Buffer.concat(parts);
    const starts = parts.map((_, n) => Buffer.concat(parts.slice(0, n)).length);
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 }), (order) => {
        const { streams, show, names, expectFrom } = harness(lengthPrefixed('C', true), {
          ...lengthPrefixed('N', true),
          continues: true,
        });
        expectFrom(7);
        for (const n of order) {
          const end = starts[n]! + parts[n]!.length;
          show(0, 7 + starts[n]!, stream, starts[n]!, end, parts[n]!.length);
        }
        streams.end(0, false);
        expect([...names].sort()).toEqual(['one.example', 'two.example']);
      }),
    );
  });

  it('gives every buffer back, whatever comes in whatever order on both sides', () => {
    const piece = fc.record({
      sender: fc.constantFrom(0 as const, 1 as const),
      seq: fc.oneof(fc.integer({ min: -40, max: 400 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      text: fc.stringMatching(/^[NCx\0\u0009]{1,30}$/),
      cut: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.boolean(), (pieces, known) => {
        const { streams, show, pool, expectFrom } = harness(lengthPrefixed('N', false), lengthPrefixed('C', true));
        if (known) expectFrom(0);
        for (const { sender, seq, text, cut } of pieces) {
          const bytes = Buffer.from(text, 'latin1');
          if (show(sender, seq | 0, bytes, 0, bytes.length, bytes.length + cut)) break;
        }
        streams.end(0, false);
        expect(pool.lentLen).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });
});
