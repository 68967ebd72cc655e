import { AddressMap } from './address-map.js';
import { MacMap } from './mac-map.js';
import { NameMap, type NamePolicy } from './name-map.js';
import { SecretKeys } from './secret-keys.js';

/** Longest shift of times: about eight years, so that a capture of today still ends before 2038. */
const MAX_SHIFT_SECONDS = 8 * 365 * 86_400;
const MIN_SHIFT_SECONDS = 86_400;

/** What to replace, and what to keep. */
export interface SanitizePolicy {
  readonly names: NamePolicy;
  readonly keepsVendor: boolean;
  readonly keepsTime: boolean;
}

/** The replacements of one run, all from one secret. */
export class Replacements {
  readonly addresses: AddressMap;
  readonly macs: MacMap;
  readonly names: NameMap;
  /** Added to all times. */
  readonly shiftSeconds: number;

  constructor(secret: string | Buffer, { names, keepsVendor, keepsTime }: SanitizePolicy) {
    const keys = new SecretKeys(secret);
    this.addresses = new AddressMap(keys);
    this.macs = new MacMap(keys, keepsVendor);
    this.names = new NameMap(keys, names, this.addresses);
    const random = keys.derive('time', 4).readUInt32BE() % (MAX_SHIFT_SECONDS - MIN_SHIFT_SECONDS);
    this.shiftSeconds = keepsTime ? 0 : MIN_SHIFT_SECONDS + random;
  }
}
