import { canonicalName } from '../classify/canonical-host.js';
import { parseIpPrefix } from '../common/ip-prefix.js';
import { hasPorts, parseEventProtocol } from './event-protocol.js';
import { parseEventTime } from './event-time.js';

/** More than any packet carries, offloaded ones included. */
const MAX_PAYLOAD_LEN = 1 << 20;
const MAX_SIZE = 2 ** 31 - 1;
const MAX_PORT = 65_535;
const ADDRESS_LEN = 16;
/** The part of a wrong value that an error sentence quotes. */
const QUOTED_LEN = 60;
const DOT = 46;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads an event of any shape. One instance is reused: its fields are those of the last event for which `read` returned
 * null.
 */
export class EventReader {
  isV6 = false;
  /** 4 or 16 bytes of address by `isV6`. */
  readonly src: Buffer = Buffer.alloc(ADDRESS_LEN);
  readonly dst: Buffer = Buffer.alloc(ADDRESS_LEN);
  /** 0 for a protocol without ports. */
  srcPort = 0;
  dstPort = 0;
  protocol = 0;
  size = 0;
  /** Microseconds since the epoch, NaN where the event does not say. */
  tsMicros = Number.NaN;
  /** A host name in ASCII, '' for none. */
  domain = '';
  /** Bytes, or base64 that may yet turn out to be none; null for none. */
  payload: Uint8Array | string | null = null;

  /** Null, or a sentence that says what is wrong with the event. */
  read(event: unknown): string | null {
    if (!isObject(event)) return `an event is an object, not ${kindOf(event)}`;
    const { tuple, size } = event;
    if (!isObject(tuple)) return `'tuple' is missing or no object`;
    const problem = this.readTuple(tuple);
    if (problem !== null) return problem;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > MAX_SIZE) {
      return wrong('size', size, `a whole number of bytes from 0 to ${MAX_SIZE}`);
    }
    this.size = size;
    return this.readTime(event.timestamp) ?? this.readDomain(event.domain) ?? this.readPayload(event.payload);
  }

  private readTuple(tuple: Fields): string | null {
    const { src_ip, dst_ip } = tuple;
    const srcIsV6 = readAddress(src_ip, this.src);
    if (srcIsV6 === null) return wrong('tuple.src_ip', src_ip, 'an IPv4 or IPv6 address');
    const dstIsV6 = readAddress(dst_ip, this.dst);
    if (dstIsV6 === null) return wrong('tuple.dst_ip', dst_ip, 'an IPv4 or IPv6 address');
    if (srcIsV6 !== dstIsV6) return 'one address of the tuple is IPv4, the other IPv6';
    this.isV6 = srcIsV6;
    this.protocol = parseEventProtocol(tuple.protocol, srcIsV6);
    if (this.protocol < 0) {
      return wrong('tuple.protocol', tuple.protocol, `a protocol such as "tcp", "udp" or "icmp", or a number to 255`);
    }
    this.srcPort = 0;
    this.dstPort = 0;
    // Some tools write type and code of ICMP as ports: they would keep request and reply apart.
    if (!hasPorts(this.protocol)) return null;
    const { src_port, dst_port } = tuple;
    if (!isPort(src_port)) return wrong('tuple.src_port', src_port, `a port from 0 to ${MAX_PORT}`);
    if (!isPort(dst_port)) return wrong('tuple.dst_port', dst_port, `a port from 0 to ${MAX_PORT}`);
    this.srcPort = src_port;
    this.dstPort = dst_port;
    return null;
  }

  private readTime(timestamp: unknown): string | null {
    this.tsMicros = Number.NaN;
    if (timestamp === undefined || timestamp === null) return null;
    this.tsMicros = parseEventTime(timestamp);
    if (!Number.isNaN(this.tsMicros)) return null;
    return wrong('timestamp', timestamp, 'seconds since 1970 or an ISO 8601 date and time with its zone');
  }

  private readDomain(domain: unknown): string | null {
    this.domain = '';
    if (domain === undefined || domain === null || domain === '') return null;
    if (typeof domain !== 'string') return wrong('domain', domain, 'a host name');
    this.domain = isPlainName(domain) ? domain : canonicalName(domain);
    return this.domain === '' ? wrong('domain', domain, 'a host name') : null;
  }

  private readPayload(payload: unknown): string | null {
    this.payload = null;
    if (payload === undefined || payload === null) return null;
    if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) return wrong('payload', payload, 'base64');
    const len = typeof payload === 'string' ? base64Len(payload) : payload.length;
    if (len > MAX_PAYLOAD_LEN) return `'payload' holds more than ${MAX_PAYLOAD_LEN} bytes`;
    this.payload = payload;
    return null;
  }
}

/** Bytes that a text in base64 stands for, with or without padding (RFC 4648 §3.2); -1 for a length that is none. */
export function base64Len(text: string): number {
  let len = text.length;
  if (len % 4 === 0 && len > 0 && text.endsWith('=')) len -= text.endsWith('==') ? 2 : 1;
  return len % 4 === 1 ? -1 : Math.floor((len * 3) / 4);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_PORT && Number.isInteger(value);
}

/** Writes an address; true for IPv6, false for IPv4, null for neither. */
function readAddress(text: unknown, into: Buffer): boolean | null {
  if (typeof text !== 'string' || text.length > 45) return null;
  if (readIpv4(text, into)) return false;
  if (text.includes('/')) return null;
  const address = parseIpPrefix(text);
  if (address === null) return null;
  for (let i = 0; i < address.words.length; i++) into.writeUInt32BE(address.words[i]!, i * 4);
  return address.isV6;
}

/** The usual case without an object; false for what is no dotted decimal, octets with leading zeros among it. */
function readIpv4(text: string, into: Buffer): boolean {
  let octet = -1;
  let octets = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (octet < 0 || octets === 3) return false;
      into[octets++] = octet;
      octet = -1;
      continue;
    }
    const digit = code - 48;
    if (digit < 0 || digit > 9 || octet === 0) return false;
    octet = octet < 0 ? digit : octet * 10 + digit;
    if (octet > 255) return false;
  }
  if (octets !== 3 || octet < 0) return false;
  into[3] = octet;
  return true;
}

/** Labels of 1 to 63 letters, digits, "-" and "_", 253 in all: true for nearly every name, and cheap to find. */
function isPlainName(name: string): boolean {
  if (name.length > 253) return false;
  let labelStart = 0;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code === DOT) {
      if (i === labelStart || i - labelStart > 63) return false;
      labelStart = i + 1;
      continue;
    }
    const letter = code | 0x20;
    const isLetter = letter >= 97 && letter <= 122;
    if (!isLetter && (code < 48 || code > 57) && code !== 95 && (code !== 45 || i === labelStart)) return false;
  }
  return name.length - labelStart <= 63 && labelStart < name.length;
}

function wrong(key: string, value: unknown, expected: string): string {
  if (value === undefined) return `'${key}' is missing; expected ${expected}`;
  const text = typeof value === 'object' ? kindOf(value) : JSON.stringify(value);
  const quoted = text.length > QUOTED_LEN ? `${text.slice(0, QUOTED_LEN)}…` : text;
  return `'${key}' is ${quoted}; expected ${expected}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
