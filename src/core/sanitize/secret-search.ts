import { ipText } from './ip-bytes.js';
import type { Replacements } from './replacements.js';

/** What was looked for. */
export type SecretKind = 'IPv4 address' | 'IPv6 address' | 'MAC address' | 'name' | 'address in text';

interface Needle {
  readonly kind: SecretKind;
  readonly bytes: Buffer;
}

/** Needles that begin with the same four bytes: by length, then by their bytes as Latin-1 text, their kind. */
type Bucket = Map<number, Map<string, SecretKind>>;

/** A place where the bytes of a secret lie. */
export interface Sighting {
  readonly kind: SecretKind;
  readonly at: number;
  readonly len: number;
}

/** Shorter names occur by chance. */
const MIN_NAME_LEN = 5;
const MIN_LEN = 4;

/** The magic cookie of STUN, with which it hides IPv4 addresses from middleboxes (RFC 8489 §14.2). */
const STUN_COOKIE = Buffer.from([0x21, 0x12, 0xa4, 0x42]);
/** NetBIOS names have at most this many characters before their suffix. */
const MAX_NETBIOS_LEN = 15;
/** Base64 of shorter names occurs by chance. */
const MIN_BASE64_LEN = 8;

/**
 * Looks for everything that was replaced, in the forms in which protocols write it. Addresses: binary, with bytes
 * reversed, inverted (Teredo) or XORed (STUN), within EUI-64, as text, hex digits and reverse names. Names: as text,
 * DNS labels, UTF-16, NetBIOS letters and base64.
 */
export class SecretSearch {
  /** Names that are too short to look for. */
  readonly skipped: string[] = [];
  needles = 0;
  /** By the first four bytes as a number. */
  private readonly kept: readonly string[];
  private readonly exact = new Map<number, Bucket>();
  /** The same for needles in lower case. */
  private readonly folded = new Map<number, Bucket>();

  constructor({ addresses, macs, names }: Replacements) {
    this.kept = [...names.kept];
    for (const hex of addresses.replaced.keys()) this.addAddress(Buffer.from(hex, 'hex'), hex);
    for (const hex of macs.replaced.keys()) this.addMac(Buffer.from(hex, 'hex'), hex);
    for (const [name, replacement] of names.replaced) this.addName(name, replacement);
  }

  /** All places in `buf` where a secret lies. */
  *in(buf: Buffer): Generator<Sighting> {
    if (buf.length < MIN_LEN) return;
    const lower = Buffer.from(buf.toString('latin1').toLowerCase(), 'latin1');
    yield* sightings(buf, this.exact);
    yield* sightings(lower, this.folded);
  }

  private addAddress(bytes: Buffer, hex: string): void {
    const isIpv4 = bytes.length === 4;
    const forms = isIpv4 ? [bytes, Buffer.from([...bytes].reverse())] : [bytes];
    if (isIpv4) for (const change of [inverted, xorCookie]) forms.push(Buffer.from(bytes.map(change)));
    for (const form of forms) this.add(this.exact, { kind: isIpv4 ? 'IPv4 address' : 'IPv6 address', bytes: form });
    const text = ipText(bytes);
    this.addText('address in text', text);
    this.addText('address in text', hex);
    this.addText('address in text', (isIpv4 ? text.split('.') : [...hex]).reverse().join('.'));
    if (!isIpv4) this.addText('address in text', hex.match(/..../g)!.join(':'));
  }

  private addMac(bytes: Buffer, hex: string): void {
    this.add(this.exact, { kind: 'MAC address', bytes });
    // Modified EUI-64 (RFC 4291 §2.5.1), of which IPv6 addresses are made.
    const interfaceId = Buffer.concat([bytes.subarray(0, 3), Buffer.from([0xff, 0xfe]), bytes.subarray(3)]);
    interfaceId[0]! ^= 2;
    this.add(this.exact, { kind: 'MAC address', bytes: interfaceId });
    const octets = hex.match(/../g)!;
    for (const separator of [':', '-', '']) this.addText('address in text', octets.join(separator));
    this.addText('address in text', hex.match(/..../g)!.join('.'));
  }

  /** The name, and the domains that it lies in, as far as they were replaced. */
  private addName(name: string, replacement: string): void {
    const labels = name.split('.');
    const replaced = replacement.split('.');
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === replaced[i]) continue;
      const part = labels.slice(i).join('.');
      if (part.length < MIN_NAME_LEN) {
        if (i === 0) this.skipped.push(part);
        continue;
      }
      // A name that stays may lie in the same domain.
      if (this.kept.some((name) => name.endsWith(part))) continue;
      this.addText('name', part);
      if (part.length >= MIN_BASE64_LEN) this.addBase64(part);
      if (part.length <= MAX_NETBIOS_LEN && !part.includes('.')) this.addFolded('name', netbiosLetters(part));
      const rest = labels.slice(i).filter((label) => label !== '');
      const encoded = rest.map((label) => String.fromCharCode(label.length & 0x3f) + label).join('');
      this.addFolded('name', encoded);
      // A single word is too common to look for its parts.
      if (labels.length === 1) break;
    }
  }

  /** In each place that the name can have within groups of three bytes; without the letters that others share. */
  private addBase64(name: string): void {
    for (let lead = 0; lead < 3; lead++) {
      const letters = Buffer.concat([Buffer.alloc(lead), Buffer.from(name, 'latin1')]).toString('base64url');
      const whole = Math.floor(((lead + name.length) * 8) / 6);
      const inner = letters.slice(Math.ceil((lead * 8) / 6), whole);
      this.addFolded('name', inner.toLowerCase());
      this.addFolded('name', inner.replaceAll('-', '+').replaceAll('_', '/').toLowerCase());
    }
  }

  private addFolded(kind: SecretKind, text: string): void {
    this.add(this.folded, { kind, bytes: Buffer.from(text, 'latin1') });
  }

  private addText(kind: SecretKind, text: string): void {
    this.addFolded(kind, text);
    this.add(this.folded, { kind, bytes: Buffer.from(text, 'utf16le') });
  }

  private add(table: Map<number, Bucket>, { kind, bytes }: Needle): void {
    if (bytes.length < MIN_LEN) return;
    const bucket = entryOf(table, bytes.readUInt32BE(), () => new Map());
    const needles = entryOf(bucket, bytes.length, () => new Map());
    const text = bytes.toString('latin1');
    if (needles.has(text)) return;
    needles.set(text, kind);
    this.needles++;
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}

function inverted(byte: number): number {
  return ~byte & 0xff;
}

function xorCookie(byte: number, i: number): number {
  return byte ^ STUN_COOKIE[i]!;
}

/** First-level encoding (RFC 1001 §14.1), which is of upper-case names; the letters in lower case. */
function netbiosLetters(name: string): string {
  const bytes = Buffer.from(name.toUpperCase(), 'latin1');
  return [...bytes].map((byte) => String.fromCharCode(0x61 + (byte >> 4), 0x61 + (byte & 15))).join('');
}

function* sightings(buf: Buffer, table: ReadonlyMap<number, Bucket>): Generator<Sighting> {
  if (table.size === 0) return;
  let word = 0;
  for (let end = 0; end < buf.length; end++) {
    word = ((word << 8) | buf[end]!) >>> 0;
    if (end < MIN_LEN - 1) continue;
    const bucket = table.get(word);
    if (bucket === undefined) continue;
    const at = end - MIN_LEN + 1;
    for (const [len, needles] of bucket) {
      const kind = at + len <= buf.length ? needles.get(buf.toString('latin1', at, at + len)) : undefined;
      if (kind !== undefined) yield { kind, at, len };
    }
  }
}
