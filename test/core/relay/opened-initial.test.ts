import { describe, expect, it } from 'vitest';
import { FastestCipher } from '../../../src/core/inspect/quic/fastest-cipher.js';
import { InitialKeys } from '../../../src/core/inspect/quic/initial-keys.js';
import { versionTraits } from '../../../src/core/inspect/quic/versions.js';
import { InitialOpener, OpenedInitial } from '../../../src/core/relay/opened-initial.js';
import { cryptoFrame, initialPacket } from '../../forge/quic.js';
import { QUIC_DRAFT_29, QUIC_V1, QUIC_V2 } from '../../forge/quic-keys.js';

const ID = Buffer.from('8394c8f03e515708', 'hex');
const FRAMES = cryptoFrame({ offset: 0, data: Buffer.alloc(900, 0x5a) });
const BEFORE = 7;
const cipher = new FastestCipher();

/** An Initial behind some other bytes, and what is known of it once it was opened. */
function opened(version: number) {
  const packet = initialPacket(FRAMES, { version, destinationConnectionId: ID });
  const buf = Buffer.concat([Buffer.alloc(BEFORE, 0xc3), packet]);
  const opener = new InitialOpener();
  expect(opener.open(buf, BEFORE, buf.length)).toBe(true);
  const results = Buffer.alloc(opener.len + 3);
  opener.write(results, 3);
  const { idStart, idEnd, sampleStart, payloadStart, payloadEnd } = opener;
  const numbers = Int32Array.of(0, version, idStart, idEnd, sampleStart, payloadStart, payloadEnd);
  const known = new OpenedInitial();
  known.take(buf, numbers, 1, results, 3);
  return { buf, known, results, opener };
}

describe.each([QUIC_V1, QUIC_V2, QUIC_DRAFT_29])('an opened Initial of version %i', (version) => {
  const schedule = versionTraits(version)!.schedules[0]!;
  const right = new InitialKeys();
  cipher.deriveKeys(schedule, ID, 0, ID.length, right);

  it('serves the steps that were taken, from what is written', () => {
    const { buf, known, results, opener } = opened(version);
    const keys = new InitialKeys();
    known.deriveKeys(schedule, buf, opener.idStart, opener.idEnd, keys);
    expect(keys).toEqual(right);
    const mask = Buffer.alloc(16);
    known.headerMask(keys.headerProtection, buf, opener.sampleStart, mask);
    const expected = Buffer.alloc(16);
    cipher.headerMask(right.headerProtection, buf, opener.sampleStart, expected);
    expect(mask).toEqual(expected);
    const nonce = results.subarray(3 + 64, 3 + 80);
    const block = Buffer.concat([nonce.subarray(0, 12), Buffer.from([0, 0, 0, 2])]);
    const plain = known.decrypt(keys.key, block, buf, opener.payloadStart, opener.payloadEnd);
    expect(plain.buffer).toBe(results.buffer);
    expect(plain.subarray(0, FRAMES.length)).toEqual(FRAMES);
    expect(Buffer.from(plain)).toEqual(
      Buffer.from(cipher.decrypt(right.key, block, buf, opener.payloadStart, opener.payloadEnd)),
    );
  });

  it('says of any other input what the cipher says', () => {
    const { buf, known, opener } = opened(version);
    const { idStart, idEnd, sampleStart, payloadStart, payloadEnd } = opener;
    const copy = Buffer.from(buf);
    const otherSchedule = versionTraits(version === QUIC_V1 ? QUIC_V2 : QUIC_V1)!.schedules[0]!;
    for (const [of, from, start, end] of [
      [otherSchedule, buf, idStart, idEnd],
      [schedule, copy, idStart, idEnd],
      [schedule, buf, idStart - 1, idEnd],
      [schedule, buf, idStart, idEnd - 1],
    ] as const) {
      const [got, wanted] = [new InitialKeys(), new InitialKeys()];
      known.deriveKeys(of, from, start, end, got);
      cipher.deriveKeys(of, from, start, end, wanted);
      expect(got).toEqual(wanted);
    }
    const flipped = (key: Buffer, at: number): Buffer => {
      const changed = Buffer.from(key);
      changed[at]! ^= 1;
      return changed;
    };
    for (const [key, start] of [
      [flipped(right.headerProtection, 0), sampleStart],
      [flipped(right.headerProtection, 15), sampleStart],
      [right.headerProtection, sampleStart + 1],
    ] as const) {
      const [got, wanted] = [Buffer.alloc(16), Buffer.alloc(16)];
      known.headerMask(key, buf, start, got);
      cipher.headerMask(key, buf, start, wanted);
      expect(got).toEqual(wanted);
    }
    const nonce = Buffer.concat([right.iv, Buffer.from([0, 0, 0, 2])]);
    for (const [key, block, start, end] of [
      [flipped(right.key, 0), nonce, payloadStart, payloadEnd],
      [flipped(right.key, 15), nonce, payloadStart, payloadEnd],
      [right.key, flipped(nonce, 0), payloadStart, payloadEnd],
      [right.key, flipped(nonce, 11), payloadStart, payloadEnd],
      [right.key, nonce, payloadStart + 1, payloadEnd],
      [right.key, nonce, payloadStart, payloadEnd - 1],
    ] as const) {
      const got = Buffer.from(known.decrypt(key, block, buf, start, end));
      expect(got).toEqual(Buffer.from(cipher.decrypt(key, block, buf, start, end)));
    }
  });

  it('is nothing but the cipher once it is cleared', () => {
    const { buf, known, results, opener } = opened(version);
    known.clear();
    results.fill(0);
    const keys = new InitialKeys();
    known.deriveKeys(schedule, buf, opener.idStart, opener.idEnd, keys);
    expect(keys).toEqual(right);
  });
});

describe('InitialOpener', () => {
  it('opens nothing of what is cut, for as long as there is no sample, and of what is no Initial', () => {
    const packet = initialPacket(FRAMES, { version: QUIC_V1, destinationConnectionId: ID });
    const opener = new InitialOpener();
    for (let len = 0; len <= packet.length; len++) {
      const buf = Buffer.from(packet.subarray(0, len));
      if (!opener.open(buf, 0, len)) continue;
      expect(opener.payloadEnd).toBeLessThanOrEqual(len);
      const results = Buffer.alloc(opener.len);
      opener.write(results, 0);
    }
    expect(opener.open(packet, 0, packet.length)).toBe(true);
    for (const first of [0x40, 0xe0, 0xf0]) {
      const other = Buffer.from(packet);
      other[0] = first;
      expect(opener.open(other, 0, other.length)).toBe(false);
    }
  });

  it('keeps the keys of many ids apart', () => {
    const opener = new InitialOpener();
    const packets = Array.from({ length: 1000 }, (_, i) => {
      const destinationConnectionId = Buffer.alloc(8 + (i % 13), i);
      destinationConnectionId.writeUInt16BE(i);
      return initialPacket(FRAMES, { version: QUIC_V1, destinationConnectionId });
    });
    for (const packet of [...packets, ...packets.toReversed()]) {
      expect(opener.open(packet, 0, packet.length)).toBe(true);
      const results = Buffer.alloc(opener.len);
      opener.write(results, 0);
      expect(results.subarray(80, 80 + FRAMES.length)).toEqual(FRAMES);
    }
  });
});
