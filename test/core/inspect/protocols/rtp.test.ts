import { describe, expect, it } from 'vitest';
import { Finding, FOUND, InspectContext, NEED_MORE, NOT_MINE } from '../../../../src/core/inspect/inspector.js';
import { rtpInspector } from '../../../../src/core/inspect/protocols/rtp.js';

function packet(sequence: number, source: number, type = 96): Buffer {
  const buf = Buffer.alloc(40, 0x77);
  buf[0] = 0x80;
  buf[1] = type;
  buf.writeUInt16BE(sequence, 2);
  buf.writeUInt32BE(source, 8);
  return buf;
}

function statusesOf(packets: readonly Buffer[], direction: 0 | 1 = 0): number[] {
  const context = new InspectContext();
  context.direction = direction;
  return packets.map((one) => rtpInspector.inspect(one, 0, one.length, context, new Finding()));
}

describe('RTP', () => {
  it('is found by two datagrams of one source in sequence, also where the number wraps', () => {
    expect(statusesOf([packet(7, 0xabcdef01), packet(8, 0xabcdef01)])).toEqual([NEED_MORE, FOUND]);
    expect(statusesOf([packet(65535, 0xabcdef01), packet(1, 0xabcdef01)], 1)).toEqual([NEED_MORE, FOUND]);
  });
  it('is not found where source, payload type or order differ', () => {
    expect(statusesOf([packet(7, 1), packet(8, 2)])).toEqual([NEED_MORE, NEED_MORE]);
    expect(statusesOf([packet(7, 1), packet(8, 1, 97)])).toEqual([NEED_MORE, NEED_MORE]);
    expect(statusesOf([packet(7, 1), packet(700, 1)])).toEqual([NEED_MORE, NEED_MORE]);
  });
  it('takes neither RTCP nor a datagram without payload', () => {
    expect(statusesOf([packet(7, 1, 0xc8)])).toEqual([NOT_MINE]);
    expect(statusesOf([packet(7, 1).subarray(0, 12)])).toEqual([NOT_MINE]);
  });
});
