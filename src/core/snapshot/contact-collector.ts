import { UNKNOWN_APP } from '../classify/app-table.js';
import { type IpPrefix, parseIpPrefix } from '../common/ip-prefix.js';
import { keepProof, MAX_PROOFS } from '../report/connection-proof.js';
import type { ConnectionRecord } from '../report/model.js';
import { LeftOut } from './left-out.js';
import {
  type Contact,
  type ContactAmount,
  type Contacts,
  type LeftOutKind,
  type Lookup,
  MAX_ADDRESSES,
  TLS_VERSIONS,
} from './model.js';
import { coversText, roleOf } from './targets.js';

/** Contacts and look-ups each; a snapshot of more is of no use. */
const MAX_CONTACTS = 1 << 16;
const DNS_PORT = 53;
/** The first port that some system takes for clients. */
const FIRST_DYNAMIC_PORT = 32_768;
const DYNAMIC_PORTS = `${FIRST_DYNAMIC_PORT}-65535`;
/** Protocols whose ends agree on a port for each connection. */
const NEGOTIATED: ReadonlySet<string> = new Set([
  'bittorrent',
  'ftp-data',
  'mount',
  'nlm',
  'nsm',
  'rtcp',
  'rtp',
  'sunrpc',
  'tftp',
]);
const LOOPBACK: readonly IpPrefix[] = ['127.0.0.0/8', '::1'].map((text) => parseIpPrefix(text)!);
/** Names whose first label changes from look-up to look-up, and what stands for all of them. */
const ROTATING: readonly (readonly [RegExp, string])[] = [
  [/\.in-addr\.arpa$/, '*.in-addr.arpa'],
  [/\.ip6\.arpa$/, '*.ip6.arpa'],
];
const NTP_POOL = /^\d\.((?:[a-z0-9-]+\.)*pool\.ntp\.org)$/;

/** Gathers the contacts of a capture from its connections, in any order. */
export class ContactCollector {
  private readonly contacts = new Map<string, Contact>();
  private readonly lookups = new Map<string, Lookup>();
  private readonly leftOut = new LeftOut();
  private readonly counts: Record<LeftOutKind, number> = { 'link-local': 0, control: 0, 'mid-stream': 0 };
  private readonly include: ReadonlySet<LeftOutKind>;
  private readonly roles: readonly (readonly [role: string, prefixes: readonly IpPrefix[]])[];
  private refused = 0;

  constructor(roles: ReadonlyMap<string, readonly string[]>, include: readonly LeftOutKind[]) {
    this.include = new Set(include);
    this.roles = [...roles].map(([role, texts]) => [role, texts.flatMap((text) => parseIpPrefix(text) ?? [])] as const);
  }

  /** `connection` is not kept. */
  add(connection: ConnectionRecord): void {
    const reason = this.leftOut.reasonFor(connection);
    if (reason !== null && !this.include.has(reason)) {
      this.counts[reason]++;
      return;
    }
    const client = roleOf(connection.src_ip, this.roles);
    if (connection.is_lookup) {
      for (const name of connection.domains) this.lookup(client, rotatingName(name), connection);
      this.contact(client, null, connection);
      return;
    }
    const names = connection.domains.length > 0 ? connection.domains : [null];
    for (const name of new Set(names.map((one) => (one === null ? null : rotatingName(one))))) {
      this.contact(client, name, connection);
    }
  }

  /** The contacts, in no particular order. Call it once, after the last connection. */
  finish(): Contacts {
    const contacts = withoutBare(withDynamicPorts([...this.contacts.values()]));
    return { contacts, lookups: [...this.lookups.values()], leftOut: this.counts, refused: this.refused };
  }

  private contact(client: string | null, name: string | null, connection: ConnectionRecord): void {
    const { dst_ip, app, app_protocol, evidence_match, detected_by, is_lookup } = connection;
    const label = is_lookup || app === UNKNOWN_APP ? null : app;
    const protocol = app_protocol;
    const port = portOf(connection);
    const key = JSON.stringify([client, name ?? dst_ip, port, protocol, label]);
    let contact = this.contacts.get(key);
    if (contact === undefined) {
      if (this.contacts.size >= MAX_CONTACTS) {
        this.refused++;
        return;
      }
      const range = name === null && detected_by === 'ip-range' ? evidence_match : null;
      contact = { client, name, addresses: new Set(), range, port, protocol, label, tls: null, amount: newAmount() };
      this.contacts.set(key, contact);
    }
    if (contact.addresses.size < MAX_ADDRESSES) contact.addresses.add(dst_ip);
    // QUIC has no older version than 1.3 (RFC 9001 §4.2).
    if (protocol !== 'quic') contact.tls = olderTls(contact.tls, connection.tls_version);
    count(contact.amount, connection, name);
  }

  private lookup(client: string | null, name: string, connection: ConnectionRecord): void {
    const key = JSON.stringify([client, name]);
    let lookup = this.lookups.get(key);
    if (lookup === undefined) {
      if (this.lookups.size >= MAX_CONTACTS) {
        this.refused++;
        return;
      }
      lookup = { client, name, amount: newAmount() };
      this.lookups.set(key, lookup);
    }
    count(lookup.amount, connection, name);
  }
}

/** The older of two versions; null for none. */
export function olderTls(a: string | null, b: string | null): string | null {
  const [rankA, rankB] = [TLS_VERSIONS.indexOf(a ?? ''), TLS_VERSIONS.indexOf(b ?? '')];
  if (rankA === -1) return rankB === -1 ? null : b;
  return rankB === -1 || rankA <= rankB ? a : b;
}

function newAmount(): ContactAmount {
  return { connections: 0, packets: 0, bytes: 0, proofs: [] };
}

function count(amount: ContactAmount, connection: ConnectionRecord, name: string | null): void {
  amount.connections++;
  amount.packets += connection.packets;
  amount.bytes += connection.bytes;
  keepProof(amount.proofs, connection, name ?? connection.domain);
}

function add(into: Contact, from: Contact): Contact {
  const { amount } = from;
  for (const address of from.addresses) if (into.addresses.size < MAX_ADDRESSES) into.addresses.add(address);
  into.tls = olderTls(into.tls, from.tls);
  into.amount.connections += amount.connections;
  into.amount.packets += amount.packets;
  into.amount.bytes += amount.bytes;
  into.amount.proofs.push(...amount.proofs);
  into.amount.proofs.sort((a, b) => a.id - b.id).splice(MAX_PROOFS);
  return into;
}

/** Lower case and without a final dot; one name for those of which each run sees others. */
function rotatingName(name: string): string {
  const text = name.toLowerCase().replace(/(?<=.)\.$/, '');
  for (const [pattern, stands] of ROTATING) if (pattern.test(text)) return stands;
  const pool = NTP_POOL.exec(text);
  return pool === null ? text : `*.${pool[1]}`;
}

function portOf({ protocol, dst_port, app_protocol }: ConnectionRecord): string {
  const transport = protocol.toLowerCase();
  if (dst_port === 0) return transport;
  // A resolver asks again over TCP when an answer is long (RFC 7766 §5).
  if (dst_port === DNS_PORT && app_protocol === 'dns') return String(DNS_PORT);
  return `${transport}/${dst_port}`;
}

/**
 * Puts a range in place of ports that nobody chose: on the loopback interface, where tests listen on any free port, of
 * protocols that agree on one, and where a contact has several.
 */
function withDynamicPorts(contacts: readonly Contact[]): Contact[] {
  const groups = new Map<string, Contact[]>();
  const keyOf = ({ client, name, addresses, protocol, label, port }: Contact) =>
    JSON.stringify([client, name ?? [...addresses][0], protocol, label, port.split('/')[0]]);
  for (const contact of contacts) {
    if (!isDynamic(contact.port)) continue;
    const key = keyOf(contact);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [contact]);
    else group.push(contact);
  }
  const joined = new Set<Contact>();
  const ranges: Contact[] = [];
  for (const group of groups.values()) {
    const [first] = group as [Contact];
    const isNegotiated = first.protocol !== null && NEGOTIATED.has(first.protocol);
    const isLoopback = [...first.addresses].every((address) => LOOPBACK.some((prefix) => coversText(prefix, address)));
    if (group.length === 1 && !isNegotiated && !isLoopback) continue;
    const port = `${first.port.split('/')[0]}/${DYNAMIC_PORTS}`;
    const range: Contact = { ...first, addresses: new Set(), port, tls: null, amount: newAmount() };
    for (const contact of group) {
      joined.add(contact);
      add(range, contact);
    }
    ranges.push(range);
  }
  return [...contacts.filter((contact) => !joined.has(contact)), ...ranges];
}

function isDynamic(port: string): boolean {
  return Number(port.split('/')[1] ?? 0) >= FIRST_DYNAMIC_PORT;
}

/** Adds connections that showed no protocol (cut off, refused, opened in advance) to those at the same end that did. */
function withoutBare(contacts: readonly Contact[]): Contact[] {
  const keyOf = ({ client, name, addresses, port }: Contact) =>
    JSON.stringify([client, name ?? [...addresses][0], port]);
  const speaking = new Map<string, Contact>();
  for (const contact of contacts) {
    const other = speaking.get(keyOf(contact));
    if (contact.protocol !== null && (other === undefined || firstOf(contact) < firstOf(other))) {
      speaking.set(keyOf(contact), contact);
    }
  }
  return contacts.filter((contact) => {
    const other = contact.protocol === null ? speaking.get(keyOf(contact)) : undefined;
    if (other !== undefined) add(other, contact);
    return other === undefined;
  });
}

function firstOf({ amount }: Contact): number {
  return amount.proofs[0]?.id ?? Number.POSITIVE_INFINITY;
}
