import type { AddressMap } from './address-map.js';
import { sameLenAddress } from './address-text.js';
import type { SecretKeys } from './secret-keys.js';

const ROUNDS = 8;
const LETTERS = 26;
const DIGITS = 10;
const LOWER_A = 0x61;
const ZERO = 0x30;

/** Which names stay readable. */
export interface NamePolicy {
  /** The whole name stays. */
  keeps(name: string): boolean;
  /** How many labels at its end are a public suffix. */
  suffixLabels(name: string): number;
}

/** Words that names of the local network and reverse names end in. They stay wherever they occur. */
const PUBLIC_WORD = /^(?:local|localhost|localdomain|arpa)$/i;
/** Labels that begin with an underscore and are the same everywhere (RFC 8552 §4, RFC 6763, Active Directory). */
const COMMON_LABEL =
  /^_(?:tcp|udp|sctp|dccp|sub|services|dns-sd|sites|msdcs|dmarc|domainkey|mta-sts|smtp|tls|acme-challenge|report|https?|dns)$/i;
/** Of a service (RFC 6335 §5.1), in front of its transport. */
const SERVICE_LABEL = /^_[a-z0-9-]{1,15}$/i;
const TRANSPORT_LABEL = /^_(?:tcp|udp|sctp|dccp)$/i;
/** Before the last label of reverse names. */
const REVERSE = /^(?:in-addr|ip6)$/i;

/**
 * Replaces names: each run of letters and digits by another of the same length, letters by letters and digits by
 * digits, one to one. What lies between runs stays. So labels keep their number and lengths, and the same word becomes
 * the same word wherever it occurs.
 */
export class NameMap {
  /** Each whole name that was replaced, in lower case, with its replacement. */
  readonly replaced = new Map<string, string>();
  /** Names that were kept. */
  readonly kept = new Set<string>();
  private readonly runs = new Map<string, string>();

  constructor(
    private readonly keys: SecretKeys,
    private readonly policy: NamePolicy,
    private readonly addresses: AddressMap,
  ) {}

  /** The replacement of a host name or an address, one character a byte, upper and lower case as in `name`. */
  host(name: string): string {
    const address = sameLenAddress(name, this.addresses);
    if (address !== null) {
      this.note(name, address);
      return address;
    }
    const isKept = this.isKept(name);
    const labels = name.split('.');
    const result = labels.map((label, i) => (isKept[i] ? label : this.text(label))).join('.');
    this.note(name, result);
    return result;
  }

  /** By label of `name`: it stays. */
  isKept(name: string): boolean[] {
    const labels = name.split('.');
    const bare = name.replace(/\.$/, '').toLowerCase();
    const isWhole = this.policy.keeps(bare);
    const suffixAt = labels.length - (name.endsWith('.') ? 1 : 0) - this.policy.suffixLabels(bare);
    const last = labels.length - 1;
    return labels.map((label, i) => {
      if (isWhole || i >= suffixAt || isService(label, labels[i + 1])) return true;
      return i === last - 1 && REVERSE.test(label);
    });
  }

  /** The replacement of a text, as `host`, without regard to what its words are. Not noted. */
  text(text: string): string {
    return text.replace(/[A-Za-z0-9]+|[\x80-\xff]+/g, (run) => this.run(run));
  }

  /** Remembers that `name` became `result`, for the proof and the report. */
  note(name: string, result: string): void {
    const lower = name.toLowerCase();
    if (result.toLowerCase() === lower) this.kept.add(lower);
    else this.replaced.set(lower, result.toLowerCase());
  }

  private run(run: string): string {
    if (PUBLIC_WORD.test(run)) return run;
    const lower = run.toLowerCase();
    let mapped = this.runs.get(lower);
    if (mapped === undefined) {
      mapped = /[\x80-\xff]/.test(run) ? this.spelled(lower) : this.permuted(lower);
      this.runs.set(lower, mapped);
    }
    return [...mapped].map((c, i) => (/[A-Z]/.test(run[i]!) ? c.toUpperCase() : c)).join('');
  }

  /** Letters in the place of bytes that are no ASCII. */
  private spelled(run: string): string {
    const bytes = this.keys.derive(`bytes ${run}`, run.length);
    return [...bytes].map((byte) => String.fromCharCode(LOWER_A + (byte % LETTERS))).join('');
  }

  /**
   * A Feistel network over numbers in a mixed radix: each round adds a keyed function of one half to the other, modulo
   * the number of words that this half can be. A single character is shifted, never by nothing.
   */
  private permuted(run: string): string {
    const digits = [...run].map((c) => (c >= 'a' ? c.charCodeAt(0) - LOWER_A : c.charCodeAt(0) - ZERO));
    const radices = [...run].map((c) => (c >= 'a' ? LETTERS : DIGITS));
    const shape = radices.map((radix) => (radix === LETTERS ? 'a' : '0')).join('');
    if (run.length === 1) {
      const shift = 1 + (this.keys.derive(`one ${shape}`, 1)[0]! % (radices[0]! - 1));
      digits[0] = (digits[0]! + shift) % radices[0]!;
    } else {
      const middle = run.length >> 1;
      const size = [product(radices.slice(0, middle)), product(radices.slice(middle))] as const;
      const half = [numberOf(digits, radices, 0, middle), numberOf(digits, radices, middle, run.length)];
      for (let round = 0; round < ROUNDS; round++) {
        const to = round & 1;
        const key = this.keys.derive(`run ${shape} ${round} ${half[1 - to]}`, 32);
        half[to] = (half[to]! + BigInt(`0x${key.toString('hex')}`)) % size[to]!;
      }
      spread(half[0]!, digits, radices, 0, middle);
      spread(half[1]!, digits, radices, middle, run.length);
    }
    return digits.map((d, i) => String.fromCharCode(d + (radices[i] === LETTERS ? LOWER_A : ZERO))).join('');
  }
}

/** Others may be ids of a device or of a user, as `_1a2b3c4d._sub._http._tcp` is. */
function isService(label: string, next: string | undefined): boolean {
  return COMMON_LABEL.test(label) || (SERVICE_LABEL.test(label) && next !== undefined && TRANSPORT_LABEL.test(next));
}

function product(radices: readonly number[]): bigint {
  return radices.reduce((all, radix) => all * BigInt(radix), 1n);
}

function numberOf(digits: readonly number[], radices: readonly number[], start: number, end: number): bigint {
  let value = 0n;
  for (let i = start; i < end; i++) value = value * BigInt(radices[i]!) + BigInt(digits[i]!);
  return value;
}

function spread(value: bigint, digits: number[], radices: readonly number[], start: number, end: number): void {
  let rest = value;
  for (let i = end - 1; i >= start; i--) {
    const radix = BigInt(radices[i]!);
    digits[i] = Number(rest % radix);
    rest /= radix;
  }
}
