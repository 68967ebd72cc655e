import type { PacketBatch } from '../capture/packet-batch.js';
import type { AppTable } from '../classify/app-table.js';
import type { Labels } from '../classify/labels.js';
import type { AddressWords } from '../flow/address-table.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { IPV6_BIT, type PacketColumns } from '../flow/packet-columns.js';
import { FactRows, ICMP_KNOWN } from './fact-rows.js';
import { HostNames } from './host-names.js';
import { Hosts } from './hosts.js';
import { LinkAddresses } from './link-addresses.js';
import { Pairs } from './pairs.js';
import { Quality } from './quality.js';
import { Timeline } from './timeline.js';
import { TlsFacts } from './tls-facts.js';

/** Bound of hosts where only the largest are of interest: few enough to stay in the second-level cache. */
const MAX_LARGEST = 4096;
/** As in `PacketColumns.proto`. */
const ICMP = 1;
const ICMPV6 = 58 | IPV6_BIT;
/** Without the segment in the upper bits. */
const PROTO_BITS = 0x1ff;
const ICMP_HEADER_LEN = 8;

/** Which facts a report needs; each costs time and memory. */
export interface FactsOptions {
  /** Numbers of the first and last packet of each connection, and the ICMP type of the first. */
  readonly packets?: boolean;
  /** Traffic over time. */
  readonly timeline?: boolean;
  /** Width of its buckets in microseconds, 0 for one that suits the capture. */
  readonly intervalMicros?: number;
  /** Traffic by host and label, of the largest hosts; with details: of more hosts, with MAC addresses and names. */
  readonly hosts?: 'sums' | 'details';
  /** Traffic by client, server and label. */
  readonly pairs?: boolean;
  /** How well the network served connections, and TLS; with details: by label, server and certificate. */
  readonly quality?: 'sums' | 'details';
}

/** What facts read: the connections, and the columns of the packets that they are shown. */
export interface FactsSources {
  readonly flows: FlowRows;
  readonly addresses: AddressWords;
  readonly columns: PacketColumns;
  readonly labels: Labels;
  readonly apps: AppTable;
  /** Secret of the hash tables. Has no influence on any result. */
  readonly seed: number;
  /** Bound of hosts and of pairs. */
  readonly maxHosts: number;
  /** The report is about some of the connections, and about no packets outside of connections. */
  readonly isPartial: boolean;
}

/**
 * What the packets tell besides names: who talked, when, and how well. Each part sees all packets, in their order, and
 * each connection when it begins and ends. Exists only where a report asks for it.
 */
export class Facts {
  /** Null unless asked for. */
  readonly timeline: Timeline | null;
  readonly hosts: Hosts | null;
  readonly pairs: Pairs | null;
  readonly quality: Quality | null;
  readonly tls: TlsFacts | null;
  /** Facts about the packets of connections in progress; null unless they are numbered or hosts have details. */
  readonly rows: FactRows | null;
  private readonly links: LinkAddresses | null;
  private readonly names: HostNames | null;

  constructor(
    private readonly sources: FactsSources,
    wanted: FactsOptions,
  ) {
    const { flows, addresses, columns, labels, seed, maxHosts } = sources;
    const {
      packets = false,
      timeline = false,
      intervalMicros = 0,
      hosts = null,
      pairs = false,
      quality = null,
    } = wanted;
    const hasDetails = hosts === 'details';
    this.rows = packets || hasDetails ? new FactRows(flows) : null;
    this.links = hasDetails ? new LinkAddresses(columns, addresses) : null;
    this.names = hasDetails ? new HostNames(flows, columns, labels) : null;
    this.timeline = timeline ? new Timeline(flows, columns, labels.rows, intervalMicros) : null;
    this.quality = quality === null ? null : new Quality(sources, quality === 'details');
    const hostsOptions = {
      maxHosts: hasDetails ? maxHosts : Math.min(maxHosts, MAX_LARGEST),
      seed,
      links: this.links,
      names: this.names,
      quality: hasDetails ? (this.quality?.connection ?? null) : null,
    };
    this.hosts = hosts === null ? null : new Hosts(flows, addresses, labels, hostsOptions);
    this.pairs = pairs ? new Pairs(flows, addresses, labels.rows, { maxPairs: maxHosts, seed }) : null;
    this.tls = quality === null ? null : new TlsFacts(flows);
  }

  /** The packets `from` to `to` (exclusive) of the batch come next. */
  expect(from: number, to: number): void {
    this.quality?.expect(from, to);
  }

  /** The connection `row` begins; see Recognition.begun. */
  begun(row: number): void {
    this.quality?.begun(row);
  }

  /** Packet `i` of the batch belongs to the connection `row`; it has been inspected. */
  packet(batch: PacketBatch, i: number, row: number): void {
    this.quality?.packet(batch, i, row);
    this.names?.packet(i, row);
    const { rows } = this;
    if (rows === null) return;
    const number = batch.firstNumber + i;
    if (this.sources.columns.starts[i] !== 0) {
      rows.begin(row, number, this.links?.ofPacket(batch, i) ?? 0);
      rows.setIcmp(row, icmpOf(this.sources.columns, i));
    }
    rows.note(row, number);
  }

  /** The DNS answer in `buf[start, end)` came over TCP. */
  dnsAnswer(buf: Buffer, start: number, end: number): void {
    this.names?.streamAnswer(buf, start, end);
  }

  /** Packet `i` of the batch belongs to no connection. */
  loose(batch: PacketBatch, i: number): void {
    if (!this.sources.isPartial) this.timeline?.loose(batch, i);
    this.links?.learnArp(batch, i);
  }

  /** The connection `row` ends: what is known of it becomes final. Call it before the others. */
  settle(row: number): void {
    this.quality?.settle(row);
  }

  /** The connection `row` ends; its label is final. */
  ended(row: number): void {
    this.timeline?.ended(row);
    this.hosts?.ended(row, this.rows === null ? 0 : this.rows.linksOf(row));
    this.pairs?.ended(row);
    this.quality?.ended(row);
    const { handshakes, versions } = this.sources.labels;
    const handshake = handshakes?.get(row);
    if (handshake != null) this.tls?.ended(row, handshake);
    else if (versions !== null) this.tls?.versionsOnly(versions.tlsOf(row), versions.quicOf(row));
  }

  /** The connection `row` ends, and the report is not about it: what is kept of it is dropped. */
  leaveOut(row: number): void {
    this.timeline?.leaveOut(row);
  }
}

/** ICMP type and code of packet `i`, as FactRows keeps them; 0 for another packet. */
function icmpOf(columns: PacketColumns, i: number): number {
  const proto = columns.proto[i]! & PROTO_BITS;
  if (proto !== ICMP && proto !== ICMPV6) return 0;
  const start = columns.payloadStart[i]! - ICMP_HEADER_LEN;
  if (start < 0) return 0;
  const buf = columns.buffers[columns.bufIndex[i]!]!;
  return ICMP_KNOWN | (buf[start]! << 8) | buf[start + 1]!;
}
