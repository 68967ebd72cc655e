/** The texts by which a snapshot names the ends of contacts: names, suffixes, prefixes, roles, ports. */
import { covers, formatIpPrefix, type IpPrefix, parseIpPrefix } from '../common/ip-prefix.js';
import { parsePortRange } from '../policy/port-rules.js';
import { type Contact, type ContactEntry, type LookupEntry, MAX_ADDRESSES, TLS_VERSIONS } from './model.js';

/** Above the length of every name and prefix. */
const ONE_HOST = 1000;

export type Roles = readonly (readonly [role: string, prefixes: readonly IpPrefix[]])[];

/** An entry that is ready to be asked. */
export interface CompiledEntry {
  readonly entry: ContactEntry;
  /** The contact is at the entry's place, whatever it speaks there. */
  isAt(contact: Contact): boolean;
}

/** Does `name` match `example.com` or `*.example.com`? Both in lower case. */
export function matchesName(pattern: string, name: string): boolean {
  if (pattern === '*' || pattern === name) return true;
  // "*.example.com" may stand in for a name that changes, so a pattern matches itself.
  return pattern.startsWith('*.') && name.endsWith(pattern.slice(1)) && name.length >= pattern.length - 1;
}

/** The first role that has the address; null for none. */
export function roleOf(address: string, roles: Roles): string | null {
  if (roles.length === 0) return null;
  const prefix = parseIpPrefix(address);
  if (prefix === null) return null;
  return roles.find(([, prefixes]) => prefixes.some((outer) => covers(outer, prefix)))?.[0] ?? null;
}

export function coversText(outer: IpPrefix, address: string): boolean {
  const inner = parseIpPrefix(address);
  return inner !== null && covers(outer, inner);
}

export function compileEntry(entry: ContactEntry, roles: Roles): CompiledEntry {
  const isThere = compileTarget(entry.to, roles);
  const isPort = compilePort(entry.port);
  const isAt = (contact: Contact) =>
    (entry.client === null || entry.client === contact.client) && isThere(contact) && isPort(contact.port);
  return { entry, isAt };
}

/** The client may look up the name by this entry, or because it may contact the name. */
export function acceptsLookup(entry: LookupEntry | ContactEntry, client: string | null, name: string): boolean {
  if (entry.client !== null && entry.client !== client) return false;
  if ('name' in entry) return matchesName(entry.name, name);
  return entry.to !== '*' && matchesName(entry.to, name) && isNamePattern(entry.to);
}

/** True for a name or suffix, false for an address, prefix or role. */
export function isNamePattern(to: string): boolean {
  return !to.startsWith('@') && parseIpPrefix(to) === null;
}

/** Accepts more than one end: a permission rather than an expectation. */
export function isWidened({ to, port }: Pick<ContactEntry, 'to' | 'port'>): boolean {
  const prefix = parseIpPrefix(to);
  if (prefix !== null) return prefix.length < (prefix.isV6 ? 128 : 32);
  return to.startsWith('*') || (port?.includes('-') ?? true);
}

/** True for a name or address as contacts write it; false for what may stand for several. */
export function isOneHost(to: string): boolean {
  const prefix = parseIpPrefix(to);
  return prefix === null ? !/^[*@]/.test(to) : formatIpPrefix(prefix) === to && !to.includes('/');
}

/** Orders ends of entries: the higher, the fewer hosts it accepts. */
export function specificityOf(to: string): number {
  const prefix = parseIpPrefix(to);
  if (prefix !== null) return prefix.length < (prefix.isV6 ? 128 : 32) ? prefix.length : ONE_HOST;
  if (to === '*') return 0;
  return to.startsWith('*') ? to.length : ONE_HOST;
}

/** True where `found` is at least as new as `least`, or there is nothing to compare. */
export function isNewEnough(found: string | null, least: string | null): boolean {
  if (least === null || found === null) return true;
  const rank = TLS_VERSIONS.indexOf(found);
  return rank === -1 || rank >= TLS_VERSIONS.indexOf(least);
}

function compileTarget(to: string, roles: Roles): (contact: Contact) => boolean {
  if (to === '*') return () => true;
  if (to.startsWith('@')) {
    const prefixes = roles.find(([role]) => role === to.slice(1))?.[1] ?? [];
    return ({ addresses }) => isAllWithin(addresses, prefixes);
  }
  const prefix = parseIpPrefix(to);
  if (prefix === null) return ({ name }) => name !== null && matchesName(to, name);
  const isOne = prefix.length === (prefix.isV6 ? 128 : 32);
  // Of a host that has a name, one address is not listed. A network is accepted with all its hosts.
  if (isOne) return ({ name, addresses }) => name === null && addresses.size === 1 && isOneOf(addresses, to, prefix);
  return ({ addresses }) => isAllWithin(addresses, [prefix]);
}

/** As text first: of many entries, most are for other addresses. */
function isOneOf(addresses: ReadonlySet<string>, text: string, prefix: IpPrefix): boolean {
  return addresses.has(text) || addresses.has(formatIpPrefix(prefix));
}

function isAllWithin(addresses: ReadonlySet<string>, prefixes: readonly IpPrefix[]): boolean {
  if (addresses.size >= MAX_ADDRESSES) return false;
  return [...addresses].every((address) => prefixes.some((prefix) => coversText(prefix, address)));
}

/** Ports of contacts are canonical: "tcp/443", "tcp/32768-65535", "53" for DNS over both, or a protocol alone. */
function compilePort(port: string | null): (contactPort: string) => boolean {
  if (port === null) return () => true;
  const wanted = parsePortRange(port);
  if (typeof wanted === 'string') return (contactPort) => contactPort === port;
  return (contactPort) => {
    const found = parsePortRange(contactPort);
    if (typeof found === 'string') return false;
    // DNS is one contact over both; an entry that names either accepts it.
    const isProtocol = wanted.protocol === null || found.protocol === null || wanted.protocol === found.protocol;
    return isProtocol && wanted.from <= found.from && found.to <= wanted.to;
  };
}
