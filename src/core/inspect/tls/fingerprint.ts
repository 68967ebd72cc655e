import { hash } from 'node:crypto';
import { u16 } from '../../common/bytes.js';
import { type ClientHello, isGrease } from './client-hello.js';

/** IANA extension numbers that the fingerprints treat apart. */
const EXT_SERVER_NAME = 0;
const EXT_SUPPORTED_GROUPS = 10;
const EXT_POINT_FORMATS = 11;
const EXT_SIGNATURE_ALGORITHMS = 13;
const EXT_ALPN = 16;
const EXT_SUPPORTED_VERSIONS = 43;
const EXT_HEADER_LEN = 4;

/** First letter of a JA4: what carries the hello. */
export const OVER_TCP = 0x74;
export const OVER_QUIC = 0x71;
export const OVER_DTLS = 0x64;

/** A hello of 64 KiB has no more two-byte values than this. */
const MAX_PARTS_LEN = 34_000;
/** Hashes remembered of one kind. */
const CACHE_LEN = 1024;
/** Longest list of values for which the cache is asked. */
const MAX_CACHED_LEN = 512;
const NO_HASH = '000000000000';

/** JA4's two characters for a version (FoxIO, JA4 technical details, "TLS and DTLS version"). */
const VERSION_CODES: Readonly<Record<number, string>> = {
  768: 's3', // 0x0300
  769: '10',
  770: '11',
  771: '12',
  772: '13',
  2: 's2', // 0x0002
  65279: 'd1', // 0xfeff
  65277: 'd2', // 0xfefd
  65276: 'd3', // 0xfefc
};

/** What identifies the software behind a ClientHello. */
export interface Fingerprint {
  /** MD5 of the JA3 string, 32 hex digits (Salesforce, "TLS fingerprinting with JA3"). */
  readonly ja3: string;
  /** As "t13d1516h2_8daaf6152771_e5627efa2ab1" (FoxIO). */
  readonly ja4: string;
  /** Cipher suites and groups that the client offers, in its order, without GREASE. */
  readonly ciphers: Uint16Array;
  readonly groups: Uint16Array;
}

/**
 * Fingerprints of ClientHellos. Most hellos of a capture have one of few: what goes into a fingerprint is collected as
 * numbers, and looked up in a table of fixed size before any string or hash is made.
 */
export class Fingerprints {
  /** The parts of the hello at hand: lists with their lengths in front, GREASE values (RFC 8701) left out. */
  private readonly parts = new Uint16Array(MAX_PARTS_LEN);
  private partsLen = 0;
  /** Where the lists begin, at their lengths. */
  private ciphersAt = 0;
  private extensionsAt = 0;
  private groupsAt = 0;
  private formatsAt = 0;
  private signaturesAt = 0;
  private readonly keys: (Uint16Array | null)[] = new Array<Uint16Array | null>(CACHE_LEN).fill(null);
  private readonly known: (Fingerprint | null)[] = new Array<Fingerprint | null>(CACHE_LEN).fill(null);
  /** Truncated SHA-256 by text: the sorted lists of JA4 recur where the order of extensions does not. */
  private readonly sha256 = new Map<string, string>();

  /** The fingerprint of `hello`, parsed from `buf`; null for one that is not whole. `carrier` is one of OVER_…. */
  of(buf: Buffer, hello: ClientHello, carrier: number): Fingerprint | null {
    if (!hello.isWhole) return null;
    this.collect(buf, hello, carrier);
    if (this.partsLen > MAX_CACHED_LEN) return this.compute();
    const slot = this.slot();
    const key = this.keys[slot]!;
    if (key !== null && this.isKey(key)) return this.known[slot]!;
    const fingerprint = this.compute();
    this.keys[slot] = this.parts.slice(0, this.partsLen);
    this.known[slot] = fingerprint;
    return fingerprint;
  }

  private collect(buf: Buffer, hello: ClientHello, carrier: number): void {
    const { parts } = this;
    parts[CARRIER] = carrier;
    parts[LEGACY_VERSION] = hello.legacyVersion;
    parts[VERSION] = hello.legacyVersion;
    parts[HAS_NAME] = 0;
    parts[ALPN_LEN] = 0;
    parts[ALPN_ENDS] = 0;
    this.partsLen = LISTS;
    this.ciphersAt = this.addList(buf, hello.cipherSuitesStart, hello.cipherSuitesEnd, 2);
    if (hello.alpnStart >= 0) {
      parts[ALPN_LEN] = hello.alpnEnd - hello.alpnStart;
      parts[ALPN_ENDS] = (buf[hello.alpnStart]! << 8) | buf[hello.alpnEnd - 1]!;
    }
    this.collectExtensions(buf, hello.extensionsStart, hello.extensionsEnd);
  }

  private collectExtensions(buf: Buffer, start: number, end: number): void {
    const { parts } = this;
    const countAt = this.partsLen++;
    let groups = -1;
    let formats = -1;
    let signatures = -1;
    for (let at = start; start >= 0 && end - at >= EXT_HEADER_LEN; at += EXT_HEADER_LEN + u16(buf, at + 2)) {
      const type = u16(buf, at);
      if (isGrease(type)) continue;
      parts[this.partsLen++] = type;
      const data = at + EXT_HEADER_LEN;
      if (type === EXT_SERVER_NAME) parts[HAS_NAME] = 1;
      else if (type === EXT_SUPPORTED_VERSIONS) parts[VERSION] = highestVersion(buf, data, data + u16(buf, at + 2));
      else if (type === EXT_SUPPORTED_GROUPS && groups < 0) groups = data;
      else if (type === EXT_POINT_FORMATS && formats < 0) formats = data;
      else if (type === EXT_SIGNATURE_ALGORITHMS && signatures < 0) signatures = data;
    }
    parts[countAt] = this.partsLen - countAt - 1;
    this.extensionsAt = countAt;
    this.groupsAt = this.addVector(buf, groups, 2, 2, end);
    this.formatsAt = this.addVector(buf, formats, 1, 1, end);
    this.signaturesAt = this.addVector(buf, signatures, 2, 2, end);
  }

  /** A list behind a length of `lengthLen` bytes at `at`; empty when `at` is negative. */
  private addVector(buf: Buffer, at: number, lengthLen: number, valueLen: number, limit: number): number {
    if (at < 0 || at + lengthLen > limit) return this.addList(buf, 0, 0, valueLen);
    const len = lengthLen === 2 ? u16(buf, at) : buf[at]!;
    return this.addList(buf, at + lengthLen, Math.min(at + lengthLen + len, limit), valueLen);
  }

  private addList(buf: Buffer, start: number, end: number, valueLen: number): number {
    const { parts } = this;
    const countAt = this.partsLen++;
    for (let at = start; at + valueLen <= end && this.partsLen < MAX_PARTS_LEN; at += valueLen) {
      const value = valueLen === 2 ? u16(buf, at) : buf[at]!;
      if (valueLen === 1 || !isGrease(value)) parts[this.partsLen++] = value;
    }
    parts[countAt] = this.partsLen - countAt - 1;
    return countAt;
  }

  private slot(): number {
    const { parts, partsLen } = this;
    let mixed = 0;
    for (let i = 0; i < partsLen; i++) mixed = Math.imul(mixed ^ parts[i]!, 0x9e3779b1) ^ (mixed >>> 15);
    return (mixed ^ (mixed >>> 16)) & (CACHE_LEN - 1);
  }

  private isKey(key: Uint16Array): boolean {
    const { parts, partsLen } = this;
    if (key.length !== partsLen) return false;
    for (let i = 0; i < partsLen; i++) if (key[i] !== parts[i]) return false;
    return true;
  }

  private compute(): Fingerprint {
    const ciphers = this.list(this.ciphersAt).slice();
    const groups = this.list(this.groupsAt).slice();
    return { ja3: this.ja3(), ja4: this.ja4(), ciphers, groups };
  }

  /** Version, cipher suites, extensions, groups and point formats in decimal, in the order of the hello. */
  private ja3(): string {
    const lists = [this.ciphersAt, this.extensionsAt, this.groupsAt, this.formatsAt];
    const text = [String(this.parts[LEGACY_VERSION]), ...lists.map((at) => this.list(at).join('-'))].join(',');
    return hash('md5', text);
  }

  private ja4(): string {
    const { parts } = this;
    const ciphers = [...this.list(this.ciphersAt)];
    const extensions = [...this.list(this.extensionsAt)];
    const counts = twoDigits(ciphers.length) + twoDigits(extensions.length);
    const version = VERSION_CODES[parts[VERSION]!] ?? '00';
    const name = parts[HAS_NAME] === 1 ? 'd' : 'i';
    const head = `${String.fromCharCode(parts[CARRIER]!)}${version}${name}${counts}${this.alpn()}`;

    const hashed = extensions.filter((type) => type !== EXT_SERVER_NAME && type !== EXT_ALPN);
    const signatures = hexList([...this.list(this.signaturesAt)]);
    const extensionText = hexList(hashed.sort(ascending)) + (signatures === '' ? '' : `_${signatures}`);
    const cipherHash = ciphers.length === 0 ? NO_HASH : this.shortHash(hexList(ciphers.sort(ascending)));
    const extensionHash = extensions.length === 0 ? NO_HASH : this.shortHash(extensionText);
    return `${head}_${cipherHash}_${extensionHash}`;
  }

  /** First and last character of the first protocol, or of its bytes in hex where they are no letters or digits. */
  private alpn(): string {
    if (this.parts[ALPN_LEN] === 0) return '00';
    const ends = this.parts[ALPN_ENDS]!;
    const first = ends >> 8;
    const last = ends & 0xff;
    if (isAlphanumeric(first) && isAlphanumeric(last)) return String.fromCharCode(first, last);
    return (first >> 4).toString(16) + (last & 0x0f).toString(16);
  }

  private list(at: number): Uint16Array {
    return this.parts.subarray(at + 1, at + 1 + this.parts[at]!);
  }

  private shortHash(text: string): string {
    let short = this.sha256.get(text);
    if (short === undefined) {
      short = hash('sha256', text).slice(0, NO_HASH.length);
      if (this.sha256.size >= CACHE_LEN) this.sha256.clear();
      this.sha256.set(text, short);
    }
    return short;
  }
}

/** Places in `parts`. */
const CARRIER = 0;
const LEGACY_VERSION = 1;
const VERSION = 2;
const HAS_NAME = 3;
const ALPN_LEN = 4;
const ALPN_ENDS = 5;
const LISTS = 6;

/** The newest version of a supported_versions extension (DTLS counts downwards); 0 for none. */
function highestVersion(buf: Buffer, start: number, end: number): number {
  let best = 0;
  for (let at = start + 1; end - at >= 2; at += 2) {
    const version = u16(buf, at);
    if (isGrease(version)) continue;
    const isNewer = version >> 8 === 0xfe && best !== 0 ? version < best : version > best;
    if (isNewer) best = version;
  }
  return best;
}

function isAlphanumeric(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}

function ascending(a: number, b: number): number {
  return a - b;
}

function hexList(values: readonly number[]): string {
  return values.map((value) => value.toString(16).padStart(4, '0')).join(',');
}

function twoDigits(count: number): string {
  return String(Math.min(count, 99)).padStart(2, '0');
}
