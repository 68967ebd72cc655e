import { varint, varintLen } from './varint.js';

/** Frames that an Initial packet may carry (RFC 9000 §12.4, §19). */
const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
const CRYPTO = 0x06;
const CONNECTION_CLOSE = 0x1c;

/** Google's numbers in Q050, T050 and T051. */
const GOOGLE_PING = 0x07;
const GOOGLE_CRYPTO = 0x08;
const GOOGLE_ACK_BIT = 0x40;

/** More than a UDP datagram holds: a frame that carries data takes four bytes at least. */
const MAX_CRYPTO_FRAMES = 16_384;

/** The longest handshake message, whose length has 24 bits, and its header: what leads further are random bytes. */
const MAX_STREAM_LEN = 4 + 0xffffff;

/** CRYPTO frames of the payload read last: stream offset, and where the data lies in it. */
export const cryptoOffset = new Int32Array(MAX_CRYPTO_FRAMES);
export const cryptoStart = new Int32Array(MAX_CRYPTO_FRAMES);
export const cryptoEnd = new Int32Array(MAX_CRYPTO_FRAMES);

/** The bytes are no frames: wrong key, or no QUIC. */
export const FRAMES_BAD = -1;
/** The frame at hand goes on beyond the payload. */
const FRAME_CUT = -2;

/**
 * Reads all frames of a decrypted Initial and notes the CRYPTO frames among them. Returns how many those are,
 * FRAMES_BAD when anything in it is not allowed in an Initial: random bytes hardly ever pass, which stands in for the
 * tag. With `isCut`, the capture lacks the end of the payload, and the last frame may be incomplete.
 */
export function readInitialFrames(payload: Buffer, isCut: boolean, googleFrames: boolean): number {
  const end = payload.length;
  let count = 0;
  let at = 0;
  while (at < end) {
    const type = payload[at]!;
    let next = at + 1;
    if (type === PADDING) {
      while (next < end && payload[next] === PADDING) next++;
    } else if (type === (googleFrames ? GOOGLE_CRYPTO : CRYPTO)) {
      next = readCrypto(payload, next, end, isCut, count);
      // Without data it says nothing.
      if (next >= 0 && cryptoEnd[count]! > cryptoStart[count]! && count < MAX_CRYPTO_FRAMES - 1) count++;
    } else if (googleFrames) {
      if (type === GOOGLE_ACK_BIT || type === 0x60) next = skipGoogleAck(payload, at, end);
      else if (type !== GOOGLE_PING) return FRAMES_BAD;
    } else if (type === ACK || type === ACK_ECN) {
      next = skipAck(payload, at, end);
    } else if (type === CONNECTION_CLOSE) {
      next = skipConnectionClose(payload, next, end);
    } else if (type !== PING) {
      return FRAMES_BAD;
    }
    if (next === FRAME_CUT) return isCut && at > 0 ? count : FRAMES_BAD;
    if (next < 0) return FRAMES_BAD;
    at = next;
  }
  return count;
}

/** Offset, length, data (RFC 9000 §19.6). The part of a cut frame that is there counts. */
function readCrypto(payload: Buffer, start: number, end: number, isCut: boolean, index: number): number {
  const offset = varint(payload, start, end);
  if (offset < 0) return FRAME_CUT;
  if (offset > MAX_STREAM_LEN) return FRAMES_BAD;
  const lenAt = start + varintLen(payload[start]!);
  const len = varint(payload, lenAt, end);
  if (len < 0) return FRAME_CUT;
  if (offset + len > MAX_STREAM_LEN) return FRAMES_BAD;
  const dataStart = lenAt + varintLen(payload[lenAt]!);
  if (dataStart + len > end && !isCut) return FRAMES_BAD;
  cryptoOffset[index] = offset;
  cryptoStart[index] = dataStart;
  cryptoEnd[index] = Math.min(dataStart + len, end);
  return cryptoEnd[index];
}

/** Largest acknowledged, delay, count of ranges, first range, ranges of two, three ECN counts (RFC 9000 §19.3). */
function skipAck(payload: Buffer, start: number, end: number): number {
  let at = start + 1;
  let rangeCount = 0;
  let fields = payload[start] === ACK_ECN ? 4 + 3 : 4;
  for (let i = 0; i < fields; i++) {
    const value = varint(payload, at, end);
    if (value < 0) return FRAME_CUT;
    if (i === 2) {
      rangeCount = value;
      if (rangeCount > end - at) return FRAMES_BAD;
      fields += 2 * rangeCount;
    }
    at += varintLen(payload[at]!);
  }
  return at;
}

/** Error code, frame type, reason (RFC 9000 §19.19). */
function skipConnectionClose(payload: Buffer, start: number, end: number): number {
  let at = start;
  for (let i = 0; i < 2; i++) {
    if (varint(payload, at, end) < 0) return FRAME_CUT;
    at += varintLen(payload[at]!);
  }
  const reasonLen = varint(payload, at, end);
  if (reasonLen < 0) return FRAME_CUT;
  at += varintLen(payload[at]!) + reasonLen;
  return at > end ? FRAME_CUT : at;
}

/**
 * Google's ACK with one-byte numbers: type, largest acknowledged, delay of two bytes, count of further blocks where bit
 * 0x20 is set, first block, further blocks of gap and length, count of time stamps, the first with five bytes and three
 * for each more.
 */
export function skipGoogleAck(payload: Buffer, start: number, end: number): number {
  let at = start + 4;
  let blockCount = 0;
  if ((payload[start]! & 0x20) !== 0) {
    if (at >= end) return FRAME_CUT;
    blockCount = payload[at]!;
    at++;
  }
  at += 1 + 2 * blockCount;
  if (at >= end) return FRAME_CUT;
  const stampCount = payload[at]!;
  at += 1 + (stampCount > 0 ? 5 + 3 * (stampCount - 1) : 0);
  return at > end ? FRAME_CUT : at;
}
