import { createCipheriv, createDecipheriv } from 'node:crypto';
import { InitialKeys, IV_LEN } from '../../inspect/quic/initial-keys.js';
import { isLongHeader, isVersionNegotiation, LongHeader, readLongHeader } from '../../inspect/quic/long-header.js';
import { ReferenceCipher } from '../../inspect/quic/reference-cipher.js';
import { varint, varintLen } from '../../inspect/quic/varint.js';
import { INITIAL } from '../../inspect/quic/versions.js';
import type { Replacements } from '../replacements.js';
import { rewriteGoogleHello } from './google-quic.js';
import { rewriteHandshake } from './tls.js';

const TAG_LEN = 16;
const SAMPLE_OFFSET = 4;
const SAMPLE_LEN = 16;
const MAX_CRYPTO_LEN = 1 << 16;
const CLIENT_HELLO = 1;

const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
const CRYPTO = 0x06;
const GOOGLE_PING = 0x07;
const GOOGLE_CRYPTO = 0x08;

/** Part of the CRYPTO stream in a packet's plaintext. */
interface CryptoPart {
  readonly offset: number;
  readonly start: number;
  readonly end: number;
}

/** A client's Initial that was decrypted, and where it lies. */
interface OpenedInitial {
  readonly out: Buffer;
  readonly headerStart: number;
  readonly packetNumberStart: number;
  readonly packetNumberLen: number;
  readonly packetEnd: number;
  readonly keys: InitialKeys;
  readonly plaintext: Buffer;
  readonly parts: readonly CryptoPart[];
}

/** One datagram's payload, and where its rewritten form goes, which holds zeros. */
export interface RewrittenDatagram {
  readonly input: Buffer;
  readonly out: Buffer;
}

const cipher = new ReferenceCipher();

/** True for a payload that begins with a long header of a known version, or negotiates versions. */
export function beginsQuic(buf: Buffer): boolean {
  return readLongHeader(buf, 0, buf.length, new LongHeader()) || isVersionNegotiation(buf, 0, buf.length);
}

/**
 * Rewrites the datagrams of one QUIC connection, in order. Headers keep their connection ids, from which keys derive
 * (RFC 9001 §5.2). A client's Initials are decrypted, their ClientHello is rewritten, and they are encrypted again
 * under the same packet numbers. All other protected bytes become zeros. Returns how many Initials could not be opened.
 */
export function rewriteQuic(datagrams: readonly RewrittenDatagram[], maps: Replacements): number {
  const ids: Buffer[] = [];
  const opened: OpenedInitial[] = [];
  let unopened = 0;
  for (const { input, out } of datagrams) {
    if (isVersionNegotiation(input, 0, input.length)) input.copy(out);
    for (let at = 0; at < input.length && isLongHeader(input[at]!); ) {
      const header = new LongHeader();
      if (!readLongHeader(input, at, input.length, header)) break;
      keepHeader(input, out, header);
      if (header.type === INITIAL) {
        const initial = open(input, out, header, ids);
        if (initial !== null) opened.push(initial);
        else unopened++;
      }
      at = Math.max(header.packetEnd, at + 1);
    }
  }
  rewriteStream(opened, maps);
  for (const one of opened) seal(one);
  return unopened;
}

/** Everything in front of the packet number; a token's bytes are opaque and become zeros. */
function keepHeader(input: Buffer, out: Buffer, header: LongHeader): void {
  const end = Math.min(header.packetNumberStart, input.length);
  input.copy(out, header.start, header.start, end);
  if (header.type === INITIAL && header.tokenLen > 0) {
    const tokenStart = header.sourceIdEnd + varintLen(input[header.sourceIdEnd]!);
    out.fill(0, tokenStart, Math.min(end, tokenStart + header.tokenLen));
  } else if (header.packetNumberStart >= input.length) out.fill(0, Math.min(end, header.sourceIdEnd), end);
}

/** Tries the keys of the ids seen so far: a client's later Initials keep the keys of its first. */
function open(input: Buffer, out: Buffer, header: LongHeader, ids: Buffer[]): OpenedInitial | null {
  const own = input.subarray(header.destinationIdStart, header.destinationIdEnd);
  if (!ids.some((id) => id.equals(own))) ids.unshift(own);
  for (const id of ids) {
    for (const schedule of header.traits!.schedules) {
      const keys = new InitialKeys();
      cipher.deriveKeys(schedule, id, 0, id.length, keys);
      const initial = decrypt(input, out, header, keys);
      if (initial !== null) return initial;
    }
  }
  return null;
}

function decrypt(input: Buffer, out: Buffer, header: LongHeader, keys: InitialKeys): OpenedInitial | null {
  const { start, packetNumberStart, packetEnd } = header;
  // A packet that the capture cut has no tag to prove the key by.
  if (packetEnd > input.length || packetNumberStart + SAMPLE_OFFSET + SAMPLE_LEN > packetEnd) return null;
  const mask = Buffer.alloc(SAMPLE_LEN);
  cipher.headerMask(keys.headerProtection, input, packetNumberStart + SAMPLE_OFFSET, mask);
  const packetNumberLen = ((input[start]! ^ mask[0]!) & 3) + 1;
  const payloadStart = packetNumberStart + packetNumberLen;
  if (payloadStart + TAG_LEN > packetEnd) return null;
  const aad = Buffer.from(input.subarray(start, payloadStart));
  applyMask(aad, packetNumberStart - start, packetNumberLen, mask);
  const decipher = createDecipheriv('aes-128-gcm', keys.key, nonce(keys, aad, packetNumberLen));
  decipher.setAAD(aad).setAuthTag(input.subarray(packetEnd - TAG_LEN, packetEnd));
  const plaintext = decipher.update(input.subarray(payloadStart, packetEnd - TAG_LEN));
  try {
    decipher.final();
  } catch {
    return null;
  }
  const parts = cryptoParts(plaintext, header.traits!.googleFrames);
  if (parts === null) return null;
  aad.copy(out, start);
  return { out, headerStart: start, packetNumberStart, packetNumberLen, packetEnd, keys, plaintext, parts };
}

function applyMask(packet: Buffer, packetNumberAt: number, packetNumberLen: number, mask: Buffer): void {
  packet[0]! ^= mask[0]! & 0x0f;
  for (let i = 0; i < packetNumberLen; i++) packet[packetNumberAt + i]! ^= mask[1 + i]!;
}

function nonce(keys: InitialKeys, aad: Buffer, packetNumberLen: number): Buffer {
  const result = Buffer.from(keys.iv);
  for (let i = 0; i < packetNumberLen; i++) {
    result[IV_LEN - packetNumberLen + i]! ^= aad[aad.length - packetNumberLen + i]!;
  }
  return result;
}

/** The CRYPTO frames; null where there is a frame whose content can't be told to be harmless. */
function cryptoParts(payload: Buffer, isGoogle: boolean): CryptoPart[] | null {
  const parts: CryptoPart[] = [];
  for (let at = 0; at < payload.length; ) {
    const type = payload[at]!;
    if (type === PADDING || type === (isGoogle ? GOOGLE_PING : PING)) at++;
    else if (type === (isGoogle ? GOOGLE_CRYPTO : CRYPTO)) {
      const offset = varint(payload, at + 1, payload.length);
      if (offset < 0) return null;
      const lenAt = at + 1 + varintLen(payload[at + 1]!);
      const len = varint(payload, lenAt, payload.length);
      if (len < 0) return null;
      const start = lenAt + varintLen(payload[lenAt]!);
      if (start + len > payload.length || offset + len > MAX_CRYPTO_LEN) return null;
      parts.push({ offset, start, end: start + len });
      at = start + len;
    } else if (!isGoogle && (type === ACK || type === ACK_ECN)) {
      at = behindAck(payload, at);
      if (at < 0) return null;
    } else return null;
  }
  return parts;
}

/** RFC 9000 §19.3 */
function behindAck(payload: Buffer, start: number): number {
  let at = start + 1;
  let left = payload[start] === ACK_ECN ? 7 : 4;
  for (let i = 0; i < left; i++) {
    const value = varint(payload, at, payload.length);
    if (value < 0 || value > 1 << 20) if (i === 2 || value < 0) return -1;
    if (i === 2) left += 2 * value;
    at += varintLen(payload[at]!);
  }
  return at;
}

/** Puts the CRYPTO stream together, rewrites it, and puts its parts back. */
function rewriteStream(opened: readonly OpenedInitial[], maps: Replacements): void {
  const end = Math.max(0, ...opened.flatMap(({ parts }) => parts.map((part) => part.offset + part.end - part.start)));
  const stream = Buffer.alloc(end);
  const known = new Uint8Array(end);
  for (const { plaintext, parts } of opened) {
    for (const { offset, start, end: partEnd } of parts) {
      plaintext.copy(stream, offset, start, partEnd);
      known.fill(1, offset, offset + partEnd - start);
    }
  }
  const gap = known.indexOf(0);
  const whole = stream.subarray(0, gap < 0 ? end : gap);
  const rewritten = Buffer.alloc(end);
  if (whole[0] === CLIENT_HELLO) rewriteHandshake(whole, maps).copy(rewritten);
  else rewriteGoogleHello(whole, rewritten, 0, whole.length, maps);
  for (const { plaintext, parts } of opened) {
    for (const { offset, start, end: partEnd } of parts)
      rewritten.copy(plaintext, start, offset, offset + partEnd - start);
  }
}

function seal(one: OpenedInitial): void {
  const { out, headerStart, packetNumberStart, packetNumberLen, packetEnd, keys, plaintext } = one;
  const payloadStart = packetNumberStart + packetNumberLen;
  const aad = Buffer.from(out.subarray(headerStart, payloadStart));
  const gcm = createCipheriv('aes-128-gcm', keys.key, nonce(keys, aad, packetNumberLen)).setAAD(aad);
  gcm.update(plaintext).copy(out, payloadStart);
  gcm.final();
  gcm.getAuthTag().copy(out, packetEnd - TAG_LEN);
  const mask = Buffer.alloc(SAMPLE_LEN);
  cipher.headerMask(keys.headerProtection, out, packetNumberStart + SAMPLE_OFFSET, mask);
  applyMask(out.subarray(headerStart, payloadStart), packetNumberStart - headerStart, packetNumberLen, mask);
}
