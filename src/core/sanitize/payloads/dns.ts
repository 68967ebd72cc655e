import { u16 } from '../../common/bytes.js';
import type { Replacements } from '../replacements.js';

/** DNS messages (RFC 1035 §4), those of mDNS, LLMNR and NetBIOS name service included. */
const HEADER_LEN = 12;
const MAX_POINTERS = 32;
const MAX_RECORDS = 512;
const A = 1;
const NS = 2;
const CNAME = 5;
const SOA = 6;
const PTR = 12;
const MX = 15;
const TXT = 16;
const AAAA = 28;
const NETBIOS = 32;
const SRV = 33;
const DNAME = 39;
const OPT = 41;
const RRSIG = 46;
const NSEC = 47;
const NSEC3 = 50;
const SVCB = 64;
const HTTPS = 65;
const NAME_TYPES = new Set([NS, CNAME, PTR, DNAME]);
/** NetBIOS names: 16 bytes as 32 letters (RFC 1001 §14.1). */
const NETBIOS_LEN = 32;
const IP6_ARPA_LABELS = 34;

const SVC_ALPN = 1;
const SVC_IPV4_HINT = 4;
const SVC_IPV6_HINT = 6;
const SVC_ECH = 5;

/**
 * Rewrites the message `input[start, end)` to the same place of `out`, which holds zeros. False when it is no DNS
 * message: `out` is then undefined. What lies behind the last record is left out.
 */
export function rewriteDns(input: Buffer, out: Buffer, start: number, end: number, maps: Replacements): boolean {
  return new DnsRewrite(input, out, start, end, maps).run();
}

class DnsRewrite {
  private at: number;
  /** Nothing is kept from here on: the end of the message, or of a record's data. */
  private limit: number;

  constructor(
    private readonly input: Buffer,
    private readonly out: Buffer,
    private readonly start: number,
    private readonly end: number,
    private readonly maps: Replacements,
  ) {
    this.at = start + HEADER_LEN;
    this.limit = end;
  }

  run(): boolean {
    const { input, out, start, end } = this;
    if (end - start < HEADER_LEN) return false;
    const questions = u16(input, start + 4);
    const records = u16(input, start + 6) + u16(input, start + 8) + u16(input, start + 10);
    if (questions + records > MAX_RECORDS || questions + records === 0) return false;
    input.copy(out, start, start, start + HEADER_LEN);
    for (let i = 0; i < questions; i++) {
      if (!this.name()) return i > 0;
      this.keep(4);
    }
    for (let i = 0; i < records && this.at < end; i++) if (!this.record()) return true;
    return true;
  }

  private record(): boolean {
    const { input, end } = this;
    if (!this.name() || this.at + 10 > end) return false;
    const type = u16(input, this.at);
    const len = u16(input, this.at + 8);
    this.keep(10);
    const dataEnd = this.at + len;
    if (dataEnd > end) return false;
    this.limit = dataEnd;
    this.data(type, dataEnd);
    this.limit = end;
    this.at = dataEnd;
    return true;
  }

  private data(type: number, dataEnd: number): void {
    const { input, out, maps } = this;
    const len = dataEnd - this.at;
    if (type === A && len === 4) maps.addresses.of(input.subarray(this.at, dataEnd)).copy(out, this.at);
    else if (type === AAAA && len === 16) maps.addresses.of(input.subarray(this.at, dataEnd)).copy(out, this.at);
    else if (NAME_TYPES.has(type)) this.name();
    else if (type === MX) {
      this.keep(2);
      this.name();
    } else if (type === SRV) {
      this.keep(6);
      this.name();
    } else if (type === SOA && this.name() && this.name()) this.keep(20);
    else if (type === RRSIG) this.signature();
    else if (type === NSEC && this.name()) this.keep(dataEnd - this.at);
    else if (type === NSEC3) this.hashedName(dataEnd);
    else if (type === TXT) this.strings(dataEnd);
    else if (type === SVCB || type === HTTPS) this.service(dataEnd);
    else if (type === OPT) this.options(dataEnd);
    else if (type === NETBIOS) {
      for (; this.at + 6 <= dataEnd; this.at += 4) {
        this.keep(2);
        maps.addresses.of(input.subarray(this.at, this.at + 4)).copy(out, this.at);
      }
    }
  }

  /** Character strings: lengths stay, letters become x. */
  private strings(dataEnd: number): void {
    while (this.at < dataEnd) {
      const next = Math.min(dataEnd, this.at + 1 + this.input[this.at]!);
      this.keep(1);
      this.out.fill('x', this.at, next);
      this.at = next;
    }
  }

  /** What it covers: type, algorithm, labels, time to live; and its signer (RFC 4034 §3.1), without times. */
  private signature(): void {
    this.keep(8);
    this.at += 10;
    this.name();
  }

  /** Algorithm, flags, iterations, lengths of salt and hash, and the types of the name (RFC 5155 §3.2). */
  private hashedName(dataEnd: number): void {
    this.keep(4);
    for (let part = 0; part < 2 && this.at < dataEnd; part++) {
      const next = this.at + 1 + this.input[this.at]!;
      this.keep(1);
      this.at = next;
    }
    if (this.at < dataEnd) this.keep(dataEnd - this.at);
  }

  /** EDNS options: codes and lengths (RFC 6891 §6.1.2). */
  private options(dataEnd: number): void {
    while (this.at + 4 <= dataEnd) {
      const next = this.at + 4 + u16(this.input, this.at + 2);
      this.keep(4);
      this.at = next;
    }
  }

  /** Priority, target, parameters (RFC 9460 §2.2). */
  private service(dataEnd: number): void {
    const { input, out, maps } = this;
    this.keep(2);
    if (!this.name()) return;
    while (this.at + 4 <= dataEnd) {
      const key = u16(input, this.at);
      const next = Math.min(dataEnd, this.at + 4 + u16(input, this.at + 2));
      this.keep(4);
      const size = key === SVC_IPV4_HINT ? 4 : key === SVC_IPV6_HINT ? 16 : 0;
      if (size > 0) {
        for (; this.at + size <= next; this.at += size) {
          maps.addresses.of(input.subarray(this.at, this.at + size)).copy(out, this.at);
        }
      } else if (key === SVC_ECH) rewriteEchConfigs(input, out, this.at, next, maps);
      else if (key <= 3 || key === SVC_ALPN) input.copy(out, this.at, this.at, next);
      this.at = next;
    }
  }

  private keep(len: number): void {
    const to = Math.min(this.limit, this.at + len);
    if (to <= this.at) return;
    this.input.copy(this.out, this.at, this.at, to);
    this.at = to;
  }

  /** Rewrites the name at `at`, and moves behind it. False when it is malformed or cut. */
  private name(): boolean {
    const labels = this.labelsFrom(this.at);
    if (labels === null) return false;
    const { input, out, end } = this;
    const replaced = this.replacedLabels(labels);
    for (let i = 0; this.at < end; i++) {
      const head = input[this.at]!;
      if (head >= 0xc0) {
        this.keep(2);
        return true;
      }
      this.keep(1);
      if (head === 0) return true;
      out.write(replaced[i]!, this.at, 'latin1');
      this.at += head;
    }
    return false;
  }

  /** All labels of the name at `at`, pointers followed; null when it is malformed or cut. */
  private labelsFrom(at: number): string[] | null {
    const { input, start, end } = this;
    const labels: string[] = [];
    let pointers = 0;
    let next = at;
    while (next < end) {
      const head = input[next]!;
      if (head === 0) return labels;
      if (head >= 0xc0) {
        if (next + 2 > end || ++pointers > MAX_POINTERS) return null;
        next = start + (u16(input, next) & 0x3fff);
        continue;
      }
      if (head > 63 || next + 1 + head > end || labels.length > 128) return null;
      labels.push(input.toString('latin1', next + 1, next + 1 + head));
      next += 1 + head;
    }
    return null;
  }

  private replacedLabels(labels: readonly string[]): string[] {
    const { names } = this.maps;
    const first = labels[0] ?? '';
    if (first.length === NETBIOS_LEN && /^[A-P]{32}$/.test(first)) {
      return [this.netbiosLabel(first), ...labels.slice(1).map((label) => names.text(label))];
    }
    const reverse = this.reverseLabels(labels);
    const joined = labels.join('.');
    const kept = names.isKept(labels.map((label) => label.replace(/\./g, '-')).join('.'));
    const replaced = reverse ?? labels.map((label, i) => (kept[i] ? label : names.text(label)));
    if (joined !== '') names.note(joined, replaced.join('.'));
    return replaced;
  }

  /**
   * Labels of a reverse name (RFC 3596 §2.5, RFC 1035 §3.5) whose address is replaced; null where the new address does
   * not fit the lengths of the labels.
   */
  private reverseLabels(labels: readonly string[]): string[] | null {
    const { addresses } = this.maps;
    const tail = labels.slice(-2).join('.').toLowerCase();
    if (tail === 'ip6.arpa' && labels.length === IP6_ARPA_LABELS) {
      const address = Buffer.from(labels.slice(0, 32).reverse().join(''), 'hex');
      if (address.length !== 16) return null;
      return [...[...addresses.of(address).toString('hex')].reverse(), ...labels.slice(32)];
    }
    if (tail !== 'in-addr.arpa' || labels.length !== 6) return null;
    const address = Buffer.from(labels.slice(0, 4).reverse().map(Number));
    const octets = [...addresses.of(address)].reverse().map(String);
    return octets.every((octet, i) => octet.length === labels[i]!.length) ? [...octets, ...labels.slice(4)] : null;
  }

  /** The suffix (the last byte), padding and `*` stay. */
  private netbiosLabel(label: string): string {
    const bytes = Buffer.alloc(16);
    for (let i = 0; i < 16; i++)
      bytes[i] = ((label.charCodeAt(2 * i) - 0x41) << 4) | (label.charCodeAt(2 * i + 1) - 0x41);
    const name = bytes.toString('latin1', 0, 15);
    const replaced = this.maps.names.text(name);
    this.maps.names.note(name.trimEnd(), replaced.trimEnd());
    bytes.write(replaced, 0, 'latin1');
    return [...bytes].map((byte) => String.fromCharCode(0x41 + (byte >> 4), 0x41 + (byte & 15))).join('');
  }
}

/** ECHConfigList (RFC 9849 §4): everything but keys; the public name is a host name. */
function rewriteEchConfigs(input: Buffer, out: Buffer, start: number, end: number, maps: Replacements): void {
  if (end - start < 2) return;
  input.copy(out, start, start, start + 2);
  for (let at = start + 2; at + 4 <= end; ) {
    const next = Math.min(end, at + 4 + u16(input, at + 2));
    input.copy(out, at, at, Math.min(next, at + 9));
    const suitesAt = at + 9 + (at + 9 <= next ? u16(input, at + 7) : 0);
    if (suitesAt + 2 <= next) {
      const nameAt = suitesAt + 2 + u16(input, suitesAt) + 2;
      input.copy(out, suitesAt, suitesAt, Math.min(next, nameAt));
      const nameEnd = nameAt - 1 + input[nameAt - 1]! + 1;
      if (nameEnd <= next) out.write(maps.names.host(input.toString('latin1', nameAt, nameEnd)), nameAt, 'latin1');
      if (nameEnd + 2 <= next) input.copy(out, nameEnd, nameEnd, nameEnd + 2);
    }
    at = Math.max(next, at + 4);
  }
}
