import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cryptoEnd,
  cryptoOffset,
  cryptoStart,
  FRAMES_BAD,
  readInitialFrames,
} from '../../../../src/core/inspect/quic/initial-frames.js';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const whole = (text: string) => readInitialFrames(hex(text), false, false);
const cut = (text: string) => readInitialFrames(hex(text), true, false);
const google = (text: string) => readInitialFrames(hex(text), false, true);

const CRYPTO = '06 40aa 03 616263';

describe('frames of an Initial', () => {
  it('are padding, PING, CRYPTO, ACK and CONNECTION_CLOSE (RFC 9000 §12.4)', () => {
    expect(whole(`0000 01 ${CRYPTO} 00`)).toBe(1);
    expect([cryptoOffset[0], cryptoStart[0], cryptoEnd[0]]).toEqual([0xaa, 7, 10]);
    // Largest 5, delay 1, one range beside the first; the same with three ECN counts.
    expect(whole(`02 05 01 01 00 02 02 ${CRYPTO}`)).toBe(1);
    expect(whole(`03 05 01 00 00 01 02 03 ${CRYPTO} ${CRYPTO}`)).toBe(2);
    // Error 0x100, frame type 6, a reason of two bytes.
    expect(whole(`1c 4100 06 02 6e6f ${CRYPTO}`)).toBe(1);
    expect(whole('00')).toBe(0);
  });

  it('are nothing else', () => {
    for (const type of [0x04, 0x05, 0x07, 0x08, 0x10, 0x18, 0x1d, 0x1e, 0x30, 0xff]) {
      expect(readInitialFrames(Buffer.from([type, 0, 0, 0, 0, 0]), false, false), String(type)).toBe(FRAMES_BAD);
    }
  });

  it('end inside the payload, unless the capture cuts it', () => {
    for (const [text, count] of [
      [`${CRYPTO} 06 00 05 6162`, 2],
      [`${CRYPTO} 06`, 1],
      [`${CRYPTO} 06 00`, 1],
      [`${CRYPTO} 02 05 01`, 1],
      [`${CRYPTO} 1c 00`, 1],
      [`${CRYPTO} 1c 00 00`, 1],
      [`${CRYPTO} 1c 00 00 05 61`, 1],
    ] as const) {
      expect([text, whole(text), cut(text)]).toEqual([text, FRAMES_BAD, count]);
    }
    expect(cut('02 05')).toBe(FRAMES_BAD);
  });

  it('state no offset, length or count beyond reason', () => {
    for (const text of ['06 bfffffff 01 61', '06 00 bfffffff 61', '06 00 81000005 61', '02 05 01 bfffffff 00']) {
      expect([text, whole(text), cut(`01 ${text}`)]).toEqual([text, FRAMES_BAD, FRAMES_BAD]);
    }
    expect(whole(CRYPTO.repeat(5_000))).toBe(5_000);
    expect(whole('06 00 00'.repeat(20_000))).toBe(0);
  });

  it('have other numbers in the versions of Google', () => {
    expect(google('07 08 00 03 616263')).toBe(1);
    // ACK: largest, delay of two bytes, first block, no time stamps; with a further block; with two time stamps.
    expect(google('40 05 0000 05 00 08 00 01 61')).toBe(1);
    expect(google('60 05 0000 01 05 0101 00 08 00 01 61')).toBe(1);
    expect(google('40 05 0000 05 02 0011223344 556677 08 00 01 61')).toBe(1);
    for (const text of [
      '40',
      '40 05 0000',
      '60 05 00',
      '60 05 0000',
      '40 05 0000 05',
      '40 05 0000 05 02 00',
      '06 00 01 61',
    ]) {
      expect([text, google(text)]).toEqual([text, FRAMES_BAD]);
    }
  });

  it('keep within the payload whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.constantFrom(0, 1, 2, 3, 6, 7, 8, 0x1c, 0x40, 0x60),
        fc.boolean(),
        fc.boolean(),
        (noise, first, isCut, isGoogle) => {
          const payload = Buffer.concat([Buffer.from([first]), noise]);
          const count = readInitialFrames(payload, isCut, isGoogle);
          expect(count).toBeGreaterThanOrEqual(FRAMES_BAD);
          for (let n = 0; n < count; n++) {
            expect(cryptoStart[n]).toBeLessThanOrEqual(cryptoEnd[n]!);
            expect(cryptoEnd[n]).toBeLessThanOrEqual(payload.length);
            expect(cryptoOffset[n]).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
