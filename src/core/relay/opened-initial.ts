import { copyBytes } from '../common/bytes.js';
import { fnvStep, foldHash } from '../common/hash.js';
import { FastestCipher } from '../inspect/quic/fastest-cipher.js';
import type { InitialCipher } from '../inspect/quic/initial-cipher.js';
import {
  type InitialKeySchedule,
  InitialKeys,
  IV_LEN,
  KEY_LEN,
  MAX_CONNECTION_ID_LEN,
} from '../inspect/quic/initial-keys.js';
import { unprotectInitial } from '../inspect/quic/initial-packet.js';
import { isLongHeader, LongHeader, readLongHeader } from '../inspect/quic/long-header.js';
import { INITIAL, versionTraits } from '../inspect/quic/versions.js';

/**
 * Opening clients' QUIC Initials is much of the second half's work (0.5 of 2.2 s on the bench's mix), and nearly always
 * needs nothing but the datagram: the first half does it beforehand. What it finds goes along as the results of the
 * very steps that the inspector takes, and serves a step only where its input is the same, so it can't change what the
 * inspector finds.
 */
const BLOCK_LEN = 16;

/** Where the parts lie from `OpenedInitial.at` on; the plaintext follows. */
const KEY = 0;
const HEADER_PROTECTION = KEY_LEN;
const IV = HEADER_PROTECTION + KEY_LEN;
const MASK = IV + BLOCK_LEN;
const NONCE = MASK + BLOCK_LEN;
const PLAINTEXT = NONCE + BLOCK_LEN;

/** Connections whose keys are remembered; a power of two. */
const KNOWN_KEYS = 256;

/** Keys, and what they are for. */
class KnownKeys {
  schedule: InitialKeySchedule | null = null;
  idLen = 0;
  readonly id = Buffer.alloc(MAX_CONNECTION_ID_LEN);
  readonly keys = new InitialKeys();
}

/** Opens Initials with keys from their own destination connection id, and keeps the results of each step. */
export class InitialOpener implements InitialCipher {
  version = 0;
  idStart = 0;
  idEnd = 0;
  sampleStart = 0;
  payloadStart = 0;
  payloadEnd = 0;
  private plaintext: Buffer | null = null;
  private readonly cipher = new FastestCipher();
  private readonly header = new LongHeader();
  private keys = new InitialKeys();
  private readonly known: (KnownKeys | undefined)[] = new Array(KNOWN_KEYS).fill(undefined);
  private readonly mask = Buffer.alloc(BLOCK_LEN);
  private readonly nonce = Buffer.alloc(BLOCK_LEN);

  /**
   * Opens the Initial at the start of the datagram `buf[start, end)`; false where there is none, or its header stays
   * closed.
   */
  open(buf: Buffer, start: number, end: number): boolean {
    const { header } = this;
    if (start >= end || !isLongHeader(buf[start]!) || !readLongHeader(buf, start, end, header)) return false;
    const { destinationIdStart, destinationIdEnd, traits } = header;
    if (header.type !== INITIAL || destinationIdStart === destinationIdEnd) return false;
    this.version = header.version;
    this.idStart = destinationIdStart;
    this.idEnd = destinationIdEnd;
    this.keys = this.keysFor(traits!.schedules[0]!, buf, destinationIdStart, destinationIdEnd);
    return unprotectInitial(buf, header, end, this.keys, this) !== null;
  }

  /** Bytes that `write` writes. */
  get len(): number {
    return PLAINTEXT + this.payloadEnd - this.payloadStart;
  }

  /** Writes the results of the last `open`, which was true, to `into[at]`. */
  write(into: Buffer, at: number): void {
    const { keys } = this;
    copyBytes(keys.key, 0, KEY_LEN, into, at + KEY);
    copyBytes(keys.headerProtection, 0, KEY_LEN, into, at + HEADER_PROTECTION);
    copyBytes(keys.iv, 0, IV_LEN, into, at + IV);
    copyBytes(this.mask, 0, BLOCK_LEN, into, at + MASK);
    copyBytes(this.nonce, 0, IV_LEN, into, at + NONCE);
    copyBytes(this.plaintext!, 0, this.payloadEnd - this.payloadStart, into, at + PLAINTEXT);
  }

  deriveKeys(schedule: InitialKeySchedule, buf: Buffer, idStart: number, idEnd: number, keys: InitialKeys): void {
    this.cipher.deriveKeys(schedule, buf, idStart, idEnd, keys);
  }

  /** The keys of an id: hellos are longer than a datagram nowadays, and come as two Initials or more with one id. */
  private keysFor(schedule: InitialKeySchedule, buf: Buffer, idStart: number, idEnd: number): InitialKeys {
    const len = idEnd - idStart;
    let hash = len;
    for (let i = idStart; i < idEnd; i++) hash = fnvStep(hash, buf[i]!);
    const slot = foldHash(hash) & (KNOWN_KEYS - 1);
    this.known[slot] ??= new KnownKeys();
    const known = this.known[slot];
    if (known.schedule === schedule && known.idLen === len && isEqual(known.id, buf, idStart, len)) return known.keys;
    known.schedule = schedule;
    known.idLen = len;
    copyBytes(buf, idStart, idEnd, known.id, 0);
    this.deriveKeys(schedule, buf, idStart, idEnd, known.keys);
    return known.keys;
  }

  headerMask(key: Buffer, buf: Buffer, sampleStart: number, mask: Buffer): void {
    this.cipher.headerMask(key, buf, sampleStart, mask);
    this.sampleStart = sampleStart;
    copyBytes(mask, 0, BLOCK_LEN, this.mask, 0);
  }

  decrypt(key: Buffer, counterBlock: Buffer, buf: Buffer, start: number, end: number): Buffer {
    this.payloadStart = start;
    this.payloadEnd = end;
    copyBytes(counterBlock, 0, IV_LEN, this.nonce, 0);
    this.plaintext = this.cipher.decrypt(key, counterBlock, buf, start, end);
    return this.plaintext;
  }
}

/**
 * An InitialCipher that knows the results for one Initial already, and computes all others.
 */
export class OpenedInitial implements InitialCipher {
  private readonly cipher = new FastestCipher();
  private schedule: InitialKeySchedule | null = null;
  private buf: Buffer | null = null;
  private idStart = 0;
  private idEnd = 0;
  private sampleStart = 0;
  private payloadStart = 0;
  private payloadEnd = 0;
  private results: Buffer | null = null;
  private at = 0;

  /** `numbers[from…]` are the opener's, from `version` to `payloadEnd`; its results are at `results[at]`. */
  take(buf: Buffer, numbers: Int32Array, from: number, results: Buffer, at: number): void {
    this.buf = buf;
    this.schedule = versionTraits(numbers[from]! >>> 0)?.schedules[0] ?? null;
    this.idStart = numbers[from + 1]!;
    this.idEnd = numbers[from + 2]!;
    this.sampleStart = numbers[from + 3]!;
    this.payloadStart = numbers[from + 4]!;
    this.payloadEnd = numbers[from + 5]!;
    this.results = results;
    this.at = at;
  }

  /** Knows nothing any more. */
  clear(): void {
    this.results = null;
    this.buf = null;
  }

  deriveKeys(schedule: InitialKeySchedule, buf: Buffer, idStart: number, idEnd: number, keys: InitialKeys): void {
    const { results, at } = this;
    const isKnown =
      results !== null &&
      buf === this.buf &&
      schedule === this.schedule &&
      idStart === this.idStart &&
      idEnd === this.idEnd;
    if (!isKnown) {
      this.cipher.deriveKeys(schedule, buf, idStart, idEnd, keys);
      return;
    }
    copyBytes(results, at + KEY, at + KEY + KEY_LEN, keys.key, 0);
    copyBytes(results, at + HEADER_PROTECTION, at + HEADER_PROTECTION + KEY_LEN, keys.headerProtection, 0);
    copyBytes(results, at + IV, at + IV + IV_LEN, keys.iv, 0);
  }

  headerMask(key: Buffer, buf: Buffer, sampleStart: number, mask: Buffer): void {
    const { results, at } = this;
    const isKnown =
      results !== null &&
      buf === this.buf &&
      sampleStart === this.sampleStart &&
      isEqual(key, results, at + HEADER_PROTECTION, KEY_LEN);
    if (isKnown) copyBytes(results, at + MASK, at + MASK + BLOCK_LEN, mask, 0);
    else this.cipher.headerMask(key, buf, sampleStart, mask);
  }

  decrypt(key: Buffer, counterBlock: Buffer, buf: Buffer, start: number, end: number): Buffer {
    const { results, at } = this;
    const isKnown =
      results !== null &&
      buf === this.buf &&
      start === this.payloadStart &&
      end === this.payloadEnd &&
      isEqual(key, results, at + KEY, KEY_LEN) &&
      isEqual(counterBlock, results, at + NONCE, IV_LEN);
    if (!isKnown) return this.cipher.decrypt(key, counterBlock, buf, start, end);
    return results.subarray(at + PLAINTEXT, at + PLAINTEXT + end - start);
  }
}

function isEqual(a: Buffer, b: Buffer, at: number, len: number): boolean {
  for (let i = 0; i < len; i++) if (a[i] !== b[at + i]) return false;
  return true;
}
