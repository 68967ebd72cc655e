import type { Labels } from '../classify/labels.js';
import { u16 } from '../common/bytes.js';
import { UDP } from '../common/ip-protocols.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { DnsName, decodeName } from '../inspect/dns/dns-name.js';
import {
  HostRecords,
  isAnswer,
  RECORD_AAAA,
  RECORD_NB,
  RECORD_PTR,
  readHostRecords,
} from '../inspect/dns/host-records.js';
import { reverseAddress } from '../inspect/dns/reverse-name.js';
import { DHCP_ACK, DHCP_INFORM, DHCP_REQUEST, DhcpMessage, readDhcp } from '../inspect/protocols/dhcp-options.js';
import { netbiosHostName } from '../inspect/protocols/netbios-name.js';
import { ROLE_DHCP_SERVER, ROLE_GATEWAY } from './host-row.js';

/** Where a host's name comes from, those that the host itself chose first. */
const NAME_SOURCES = ['dhcp', 'mdns', 'nbns', 'llmnr', 'dns', 'dns-ptr'] as const;
export type NameSource = (typeof NAME_SOURCES)[number];

/** A name of a host. */
export interface HostName {
  name: string;
  source: NameSource;
}

/** Names kept of one host. */
const MAX_NAMES = 4;
/** Hosts whose names are kept. */
const MAX_NAMED = 1 << 15;
const MAX_NAME_LEN = 255;
/** Clients that have asked for an address and wait for it, the oldest given up. */
const MAX_ASKING = 256;
/** Routers and DHCP servers. */
const MAX_ROLES = 1024;

const DNS_PORT = 53;
const DHCP_SERVER_PORT = 67;
const DHCP_CLIENT_PORT = 68;
const NBNS_PORT = 137;
const MDNS_PORT = 5353;
const LLMNR_PORT = 5355;

/** Flags of a NetBIOS name: it belongs to a group (RFC 1002 §4.2.1.3). */
const NB_GROUP = 0x80;
const NB_ADDRESS = 2;
const IPV4_LEN = 4;
/** A name that begins with two such bits lies elsewhere in the message (RFC 1035 §4.1.4). */
const POINTER = 0xc0;
const POINTER_OFFSET = 0x3fff;

/** An IPv4 address as a word, or the four words of an IPv6 address. */
type AddressKey = number | string;

/**
 * Names of hosts by their addresses: those that they and name servers announce in datagrams, and those that DNS answers
 * gave them. Also which hosts DHCP calls routers and servers.
 */
export class HostNames {
  /** Names that were left out since there were too many hosts. */
  refused = 0;
  private readonly byAddress = new Map<AddressKey, HostName[]>();
  /** IPv4 word to ROLE_* bits. */
  private readonly roles = new Map<number, number>();
  /** Host names of DHCP clients by transaction, in the order in which these began. */
  private readonly asking = new Map<number, string>();
  private readonly records = new HostRecords();
  private readonly owner = new DnsName();
  private readonly dhcp = new DhcpMessage();
  private readonly dnsId: number;
  private readonly mdnsId: number;
  private readonly llmnrId: number;
  private readonly nbnsId: number;
  private readonly dhcpId: number;

  constructor(
    private readonly flows: FlowRows,
    private readonly columns: PacketColumns,
    { protocols }: Labels,
  ) {
    this.dnsId = protocols.idOf('dns');
    this.mdnsId = protocols.idOf('mdns');
    this.llmnrId = protocols.idOf('llmnr');
    this.nbnsId = protocols.idOf('netbios-ns');
    this.dhcpId = protocols.idOf('dhcp');
  }

  /** Packet `i`, of the connection `row`, has been inspected. */
  packet(i: number, row: number): void {
    const { columns } = this;
    if ((columns.proto[i]! & 255) !== UDP || columns.payloadWireLen[i] === 0) return;
    const ports = columns.ports[i]!;
    const source = columns.fromB[i] === 0 ? ports >>> 16 : ports & 0xffff;
    if (source === DNS_PORT) this.message(i, row, this.dnsId, 'dns');
    else if (source === MDNS_PORT) this.message(i, row, this.mdnsId, 'mdns');
    else if (source === LLMNR_PORT) this.message(i, row, this.llmnrId, 'llmnr');
    else if (source === NBNS_PORT) this.message(i, row, this.nbnsId, 'nbns');
    else if (source === DHCP_SERVER_PORT || source === DHCP_CLIENT_PORT) this.dhcpMessage(i, row);
  }

  /** The DNS answer in `buf[start, end)` came over TCP. */
  streamAnswer(buf: Buffer, start: number, end: number): void {
    const { records } = this;
    readHostRecords(buf, start, end, records);
    for (let n = 0; n < records.count; n++) {
      if (records.types[n] === RECORD_PTR) this.pointer(buf, start, end, n, 'dns-ptr');
    }
  }

  /** A DNS answer gave this name to the address in `words[at]` and, for IPv6, the three words behind. */
  answered(words: Int32Array, at: number, isIpv6: boolean, name: string): void {
    this.add(keyOf(words, at, isIpv6), name, 'dns');
  }

  /** Names of the host with the address in `words`, as `answered` takes it; best sources first. */
  namesOf(words: Int32Array, at: number, isIpv6: boolean): readonly HostName[] {
    return this.byAddress.get(keyOf(words, at, isIpv6)) ?? [];
  }

  /** ROLE_* bits that DHCP gives the IPv4 address. */
  rolesOf(word: number): number {
    return this.roles.get(word) ?? 0;
  }

  /** A message of the connection's `protocol`, in the layout of DNS. */
  private message(i: number, row: number, protocol: number, source: 'dns' | 'mdns' | 'llmnr' | 'nbns'): void {
    const { columns, records } = this;
    if (this.flows.protocolOf(row) !== protocol) return;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const start = columns.payloadStart[i]!;
    const end = columns.payloadEnd[i]!;
    // A NetBIOS host registers its name with a request.
    if (source !== 'nbns' && !isAnswer(buf, start, end)) return;
    readHostRecords(buf, start, end, records);
    for (let n = 0; n < records.count; n++) {
      const type = records.types[n]!;
      if (source === 'nbns') {
        if (type === RECORD_NB) this.netbiosRecord(buf, start, end, n);
      } else if (type === RECORD_PTR) this.pointer(buf, start, end, n, source === 'dns' ? 'dns-ptr' : source);
      // Which name an address of DNS has depends on who asked: see `answered`.
      else if (type !== RECORD_NB && source !== 'dns') {
        const name = this.nameAt(buf, start, end, records.ownerStart[n]!);
        this.addAt(buf, records.dataStart[n]!, type === RECORD_AAAA, name, source);
      }
    }
  }

  private netbiosRecord(buf: Buffer, start: number, end: number, n: number): void {
    const { records } = this;
    const data = records.dataStart[n]!;
    if ((buf[data]! & NB_GROUP) !== 0) return;
    const ownerStart = records.ownerStart[n]!;
    // The record of a registration points to the name in the question.
    const owner = buf[ownerStart]! < POINTER ? ownerStart : start + (u16(buf, ownerStart) & POINTER_OFFSET);
    this.addAt(buf, data + NB_ADDRESS, false, netbiosHostName(buf, owner, end), 'nbns');
  }

  private pointer(buf: Buffer, start: number, end: number, n: number, source: NameSource): void {
    const { records } = this;
    const address = reverseAddress(this.nameAt(buf, start, end, records.ownerStart[n]!));
    if (address === null) return;
    const name = this.nameAt(buf, start, records.dataEnd[n]!, records.dataStart[n]!);
    this.addAt(address, 0, address.length > IPV4_LEN, name, source);
  }

  /** A request tells a client's name, the acknowledgement its address. */
  private dhcpMessage(i: number, row: number): void {
    const { columns, dhcp, asking } = this;
    if (this.flows.protocolOf(row) !== this.dhcpId) return;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    if (!readDhcp(buf, columns.payloadStart[i]!, columns.payloadEnd[i]!, dhcp)) return;
    const name = dhcpName(buf, dhcp);
    const { type, transactionId, clientAddress } = dhcp;
    if (type === DHCP_REQUEST || type === DHCP_INFORM) {
      if (name === '') return;
      if (clientAddress !== 0) this.add(clientAddress, name, 'dhcp');
      asking.delete(transactionId);
      asking.set(transactionId, name);
      if (asking.size > MAX_ASKING) asking.delete(asking.keys().next().value!);
    } else if (type === DHCP_ACK) {
      const address = dhcp.yourAddress === 0 ? clientAddress : dhcp.yourAddress;
      this.add(address, asking.get(transactionId) ?? name, 'dhcp');
      asking.delete(transactionId);
      this.addRole(dhcp.router, ROLE_GATEWAY);
      this.addRole(dhcp.server, ROLE_DHCP_SERVER);
    }
  }

  private addRole(word: number, role: number): void {
    if (word !== 0 && (this.roles.has(word) || this.roles.size < MAX_ROLES)) {
      this.roles.set(word, this.rolesOf(word) | role);
    }
  }

  /** The name at `at` in lower case; '' where it can't be read, or is no text. */
  private nameAt(buf: Buffer, start: number, end: number, at: number): string {
    const { owner } = this;
    if (decodeName(buf, start, end, at, owner) < 0 || !owner.printable) return '';
    return owner.text.toString('latin1', 0, owner.len).toLowerCase();
  }

  private addAt(buf: Buffer, at: number, isIpv6: boolean, name: string, source: NameSource): void {
    if (!isIpv6) this.add(buf.readInt32BE(at), name, source);
    else {
      const key = ipv6Key(
        buf.readInt32BE(at),
        buf.readInt32BE(at + 4),
        buf.readInt32BE(at + 8),
        buf.readInt32BE(at + 12),
      );
      this.add(key, name, source);
    }
  }

  private add(key: AddressKey, name: string, source: NameSource): void {
    if (name === '' || name.length > MAX_NAME_LEN || key === 0) return;
    const names = this.byAddress.get(key);
    if (names !== undefined) addName(names, name, source);
    else if (this.byAddress.size < MAX_NAMED) this.byAddress.set(key, [{ name, source }]);
    else this.refused++;
  }
}

/** Keeps the names in the order of their sources; of too many, the last one goes. */
function addName(names: HostName[], name: string, source: NameSource): void {
  const rank = NAME_SOURCES.indexOf(source);
  const lower = name.toLowerCase();
  const known = names.findIndex((one) => one.name.toLowerCase() === lower);
  if (known >= 0) {
    if (NAME_SOURCES.indexOf(names[known]!.source) <= rank) return;
    names.splice(known, 1);
  }
  let at = names.length;
  while (at > 0 && NAME_SOURCES.indexOf(names[at - 1]!.source) > rank) at--;
  if (at >= MAX_NAMES) return;
  names.splice(at, 0, { name, source });
  if (names.length > MAX_NAMES) names.pop();
}

function keyOf(words: Int32Array, at: number, isIpv6: boolean): AddressKey {
  return isIpv6 ? ipv6Key(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!) : words[at]!;
}

function ipv6Key(w0: number, w1: number, w2: number, w3: number): string {
  return `${w0}:${w1}:${w2}:${w3}`;
}

/** The host name of option 12, else the fully qualified one of option 81; '' for none. */
function dhcpName(
  buf: Buffer,
  { hostNameStart, hostNameEnd, domainStart, domainEnd, isWireForm }: DhcpMessage,
): string {
  if (hostNameStart >= 0) return plainText(buf, hostNameStart, hostNameEnd);
  if (domainStart < 0) return '';
  return isWireForm ? labelsText(buf, domainStart, domainEnd) : plainText(buf, domainStart, domainEnd);
}

/** The labels of a name in wire form (RFC 4702 §2.3.1), which may end without the root; '' for bytes that are none. */
function labelsText(buf: Buffer, start: number, end: number): string {
  const labels: string[] = [];
  for (let at = start; at < end && buf[at] !== 0; at += 1 + buf[at]!) {
    const labelEnd = at + 1 + buf[at]!;
    const label = labelEnd > end ? '' : plainText(buf, at + 1, labelEnd);
    if (label === '') return '';
    labels.push(label);
  }
  return labels.join('.');
}

/** The text up to the first NUL; '' for bytes that are no UTF-8, or control characters. */
function plainText(buf: Buffer, start: number, end: number): string {
  const zero = buf.subarray(start, end).indexOf(0);
  const text = buf.toString('utf8', start, zero < 0 ? end : start + zero).trim();
  for (const char of text) if (char < ' ' || char === '\x7f' || char === '\ufffd') return '';
  return text;
}
