import type { SecretKeys } from './secret-keys.js';

export const MAC_LEN = 6;
const VENDOR_LEN = 3;
/** Low bits of the first byte: group address, locally administered (IEEE 802 §8.2). */
const GROUP = 0x01;
const KEPT_BITS = 0x03;

/** Replaces MAC addresses. Group addresses are protocol constants and stay; so does the address of zeros. */
export class MacMap {
  /** Each address that was replaced, as hex digits, with its replacement. */
  readonly replaced = new Map<string, Buffer>();

  constructor(
    private readonly keys: SecretKeys,
    /** Keep the first three bytes, which tell the vendor. */
    private readonly keepsVendor: boolean,
  ) {}

  replaceAt(buf: Buffer, at: number): void {
    this.of(buf.subarray(at, at + MAC_LEN)).copy(buf, at);
  }

  /** The replacement of `mac`, MAC_LEN bytes; the address itself where it is kept. */
  of(mac: Buffer): Buffer {
    const key = mac.toString('hex');
    const known = this.replaced.get(key);
    if (known !== undefined) return known;
    const result = this.compute(mac, key);
    if (!result.equals(mac)) this.replaced.set(key, result);
    return result;
  }

  private compute(mac: Buffer, key: string): Buffer {
    if ((mac[0]! & GROUP) !== 0) return this.group(mac);
    if (mac.every((byte) => byte === 0)) return Buffer.from(mac);
    if (!this.keepsVendor) return this.permuted(mac, key);
    return Buffer.concat([mac.subarray(0, VENDOR_LEN), this.keys.derive(`nic ${key}`, MAC_LEN - VENDOR_LEN)]);
  }

  /** 33:33:ff and the last 24 bits of a unicast address (RFC 2464 §7), as AddressMap replaces them. */
  private group(mac: Buffer): Buffer {
    if (mac[0] !== 0x33 || mac[1] !== 0x33 || mac[2] !== 0xff) return Buffer.from(mac);
    const low = this.keys.derive(`solicited ${mac.subarray(VENDOR_LEN).toString('hex')}`, 3);
    return Buffer.concat([mac.subarray(0, VENDOR_LEN), low]);
  }

  private permuted(mac: Buffer, key: string): Buffer {
    const result = this.keys.derive(`mac ${key}`, MAC_LEN);
    result[0] = (result[0]! & ~KEPT_BITS) | (mac[0]! & KEPT_BITS);
    return Buffer.from(result);
  }
}
