import { CryptoPan } from './crypto-pan.js';
import type { SecretKeys } from './secret-keys.js';

/** A range whose prefix survives; `keepsAll` keeps its addresses as they are. */
interface SpecialRange {
  readonly prefix: readonly number[];
  readonly len: number;
  readonly keepsAll: boolean;
}

/** IANA's special-purpose ranges (RFC 6890): what an address is for stays visible. */
const SPECIAL_V4: readonly SpecialRange[] = [
  { prefix: [0, 0, 0, 0], len: 8, keepsAll: true },
  { prefix: [10, 0, 0, 0], len: 8, keepsAll: false },
  { prefix: [100, 64, 0, 0], len: 10, keepsAll: false },
  { prefix: [127, 0, 0, 0], len: 8, keepsAll: true },
  { prefix: [169, 254, 0, 0], len: 16, keepsAll: false },
  { prefix: [172, 16, 0, 0], len: 12, keepsAll: false },
  { prefix: [192, 168, 0, 0], len: 16, keepsAll: false },
  // Multicast, and 240/4 with the broadcast address.
  { prefix: [224, 0, 0, 0], len: 3, keepsAll: true },
];

const SPECIAL_V6: readonly SpecialRange[] = [
  // ::, ::1
  { prefix: [], len: 120, keepsAll: true },
  // Teredo and 6to4 carry IPv4 addresses, NAT64 too: their prefixes say so.
  { prefix: [0x00, 0x64, 0xff, 0x9b], len: 96, keepsAll: false },
  { prefix: [0x20, 0x01, 0, 0], len: 32, keepsAll: false },
  { prefix: [0x20, 0x02], len: 16, keepsAll: false },
  { prefix: [0xfc], len: 7, keepsAll: false },
  { prefix: [0xfe, 0x80], len: 64, keepsAll: false },
  { prefix: [0xff], len: 8, keepsAll: true },
];

/** ff02::1:ff00:0/104, whose last 24 bits are those of a unicast address (RFC 4291 §2.7.1). */
const SOLICITED_NODE = [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff];

/** Groups that contain a unicast prefix (RFC 3306 §4): flag, length of the prefix in bits, prefix of 8 bytes. */
const PREFIX_FLAG = 0x20;
const PREFIX_LEN = 3;
const PREFIX = 4;
const PREFIX_BYTES = 8;

/** Replaces IP addresses: one to one, prefixes preserved, special ranges kept. */
export class AddressMap {
  /** Each address that was replaced, as text of hex digits, with its replacement. */
  readonly replaced = new Map<string, Buffer>();
  private readonly pan4: CryptoPan;
  private readonly pan6: CryptoPan;
  private readonly solicited: (low: Buffer) => Buffer;

  constructor(keys: SecretKeys) {
    this.pan4 = new CryptoPan(keys.derive('ipv4', 32));
    this.pan6 = new CryptoPan(keys.derive('ipv6', 32));
    this.solicited = (low) => keys.derive(`solicited ${low.toString('hex')}`, 3);
  }

  /** Replaces the `len` (4 or 16) bytes at `buf[at]`. */
  replaceAt(buf: Buffer, at: number, len: 4 | 16): void {
    this.of(buf.subarray(at, at + len)).copy(buf, at);
  }

  /** The replacement of `address`, 4 or 16 bytes; the address itself where it is kept. */
  of(address: Buffer): Buffer {
    const key = address.toString('hex');
    const known = this.replaced.get(key);
    if (known !== undefined) return known;
    const result = this.compute(address);
    // A copy of its own: `address` may be a view of a buffer that changes.
    if (!result.equals(address)) this.replaced.set(key, result);
    return result;
  }

  private compute(address: Buffer): Buffer {
    const specials = address.length === 4 ? SPECIAL_V4 : SPECIAL_V6;
    if (address.length === 16 && SOLICITED_NODE.every((byte, i) => address[i] === byte)) {
      return Buffer.concat([address.subarray(0, 13), this.solicited(address.subarray(13))]);
    }
    if (address.length === 16 && address[0] === 0xff && (address[1]! & PREFIX_FLAG) !== 0) return this.group(address);
    const own = specials.find((range) => sharedBits(address, range) >= range.len);
    if (own?.keepsAll) return Buffer.from(address);
    const depth = Math.max(...specials.map((range) => forcedBits(address, range)));
    return (address.length === 4 ? this.pan4 : this.pan6).replace(address, (i) => i < depth);
  }

  /** A group with its unicast prefix replaced as those of addresses are. */
  private group(address: Buffer): Buffer {
    const prefix = Buffer.alloc(16);
    address.copy(prefix, 0, PREFIX, PREFIX + PREFIX_BYTES);
    const replaced = this.compute(prefix);
    clearFrom(replaced, Math.min(address[PREFIX_LEN]!, PREFIX_BYTES * 8));
    const result = Buffer.from(address);
    replaced.copy(result, PREFIX, 0, PREFIX_BYTES);
    return result;
  }
}

/** Zeros the bits of `buf` from `bit` on. */
function clearFrom(buf: Buffer, bit: number): void {
  for (let i = bit; i < buf.length * 8; i++) buf[i >> 3]! &= ~(0x80 >> (i & 7));
}

/**
 * How many leading bits of `address` stay, so that no address enters or leaves the range: those up to the first bit in
 * which the address leaves its prefix, that bit included.
 */
function forcedBits(address: Buffer, range: SpecialRange): number {
  return Math.min(range.len, sharedBits(address, range) + 1);
}

function sharedBits(address: Buffer, { prefix, len }: SpecialRange): number {
  let i = 0;
  while (i < len && (((prefix[i >> 3] ?? 0) ^ address[i >> 3]!) & (0x80 >> (i & 7))) === 0) i++;
  return i;
}
