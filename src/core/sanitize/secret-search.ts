import { ipText } from './ip-bytes.js';
import type { Replacements } from './replacements.js';

/** What was looked for. */
export type SecretKind = 'IPv4 address' | 'IPv6 address' | 'MAC address' | 'name' | 'address in text';

interface Needle {
  readonly kind: SecretKind;
  /** What a report may show of it: nothing of the secret but its kind and length. */
  readonly bytes: Buffer;
}

/** A place where the bytes of a secret lie. */
export interface Sighting {
  readonly kind: SecretKind;
  readonly at: number;
  readonly len: number;
}

/** Shorter names occur by chance. */
const MIN_NAME_LEN = 5;
const MIN_LEN = 4;

/** Looks for everything that was replaced: addresses in binary and as text, names as text, DNS labels and UTF-16. */
export class SecretSearch {
  /** Names that are too short to look for. */
  readonly skipped: string[] = [];
  needles = 0;
  /** By the first four bytes as a number. */
  private readonly kept: readonly string[];
  private readonly exact = new Map<number, Needle[]>();
  /** The same for needles in lower case. */
  private readonly folded = new Map<number, Needle[]>();

  constructor({ addresses, macs, names }: Replacements) {
    this.kept = [...names.kept];
    for (const hex of addresses.replaced.keys()) {
      const bytes = Buffer.from(hex, 'hex');
      this.add(this.exact, { kind: bytes.length === 4 ? 'IPv4 address' : 'IPv6 address', bytes });
      this.addText('address in text', ipText(bytes));
    }
    for (const hex of macs.replaced.keys()) {
      this.add(this.exact, { kind: 'MAC address', bytes: Buffer.from(hex, 'hex') });
      const octets = hex.match(/../g)!;
      for (const separator of [':', '-']) this.addText('address in text', octets.join(separator));
    }
    for (const [name, replacement] of names.replaced) this.addName(name, replacement);
  }

  /** All places in `buf` where a secret lies. */
  *in(buf: Buffer): Generator<Sighting> {
    if (buf.length < MIN_LEN) return;
    const lower = Buffer.from(buf.toString('latin1').toLowerCase(), 'latin1');
    yield* sightings(buf, this.exact);
    yield* sightings(lower, this.folded);
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
      const rest = labels.slice(i).filter((label) => label !== '');
      const encoded = rest.map((label) => String.fromCharCode(label.length & 0x3f) + label).join('');
      this.add(this.folded, { kind: 'name', bytes: Buffer.from(encoded, 'latin1') });
      // A single word is too common to look for its parts.
      if (labels.length === 1) break;
    }
  }

  private addText(kind: SecretKind, text: string): void {
    this.add(this.folded, { kind, bytes: Buffer.from(text, 'latin1') });
    this.add(this.folded, { kind, bytes: Buffer.from(text, 'utf16le') });
  }

  private add(table: Map<number, Needle[]>, needle: Needle): void {
    if (needle.bytes.length < MIN_LEN) return;
    const key = needle.bytes.readUInt32BE();
    const known = table.get(key);
    if (known === undefined) table.set(key, [needle]);
    else if (known.some(({ bytes }) => bytes.equals(needle.bytes))) return;
    else known.push(needle);
    this.needles++;
  }
}

function* sightings(buf: Buffer, table: ReadonlyMap<number, readonly Needle[]>): Generator<Sighting> {
  if (table.size === 0) return;
  let word = 0;
  for (let end = 0; end < buf.length; end++) {
    word = ((word << 8) | buf[end]!) >>> 0;
    if (end < MIN_LEN - 1) continue;
    const needles = table.get(word);
    if (needles === undefined) continue;
    const at = end - MIN_LEN + 1;
    for (const { kind, bytes } of needles) {
      if (at + bytes.length <= buf.length && buf.compare(bytes, 0, bytes.length, at, at + bytes.length) === 0) {
        yield { kind, at, len: bytes.length };
      }
    }
  }
}
