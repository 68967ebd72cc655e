import type { PacketBatch } from '../capture/packet-batch.js';
import type { AppTable } from '../classify/app-table.js';
import type { Labels } from '../classify/labels.js';
import type { AddressWords } from '../flow/address-table.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { FactRows } from './fact-rows.js';
import { Hosts } from './hosts.js';
import { LinkAddresses } from './link-addresses.js';
import { Pairs } from './pairs.js';
import { Quality } from './quality.js';
import { Timeline } from './timeline.js';
import { TlsFacts } from './tls-facts.js';

/** Which facts a report needs, beside the numbers of each connection's packets; each costs time and memory. */
export interface FactsOptions {
  /** Traffic over time. */
  readonly timeline?: boolean;
  /** Width of its buckets in microseconds, 0 for one that suits the capture. */
  readonly intervalMicros?: number;
  /** Traffic by host; with details: its labels, MAC address, names. */
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
  /** Numbers of packets and link addresses of connections in progress; null unless hosts have details. */
  readonly rows: FactRows | null;
  private readonly links: LinkAddresses | null;

  constructor(
    private readonly sources: FactsSources,
    wanted: FactsOptions,
  ) {
    const { flows, addresses, columns, labels, seed, maxHosts } = sources;
    const { timeline = false, intervalMicros = 0, hosts = null, pairs = false, quality = null } = wanted;
    const hasDetails = hosts === 'details';
    this.rows = hasDetails ? new FactRows(flows) : null;
    this.links = hasDetails ? new LinkAddresses(columns, addresses) : null;
    this.timeline = timeline ? new Timeline(flows, columns, labels.rows, intervalMicros) : null;
    const hostsOptions = { maxHosts, seed, withLabels: hasDetails, links: this.links };
    this.hosts = hosts === null ? null : new Hosts(flows, addresses, labels, hostsOptions);
    this.pairs = pairs ? new Pairs(flows, addresses, labels.rows, { maxPairs: maxHosts, seed }) : null;
    this.quality = quality === null ? null : new Quality(sources, quality === 'details');
    this.tls = quality === null ? null : new TlsFacts(flows, quality === 'details');
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
    const { rows } = this;
    if (rows === null) return;
    const number = batch.firstNumber + i;
    if (this.sources.columns.starts[i] !== 0) rows.begin(row, number, this.links!.ofPacket(batch, i));
    rows.note(row, number);
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
    const handshake = this.sources.labels.handshakes?.get(row);
    if (handshake != null) this.tls?.ended(row, handshake);
  }

  /** The connection `row` ends, and the report is not about it: what is kept of it is dropped. */
  leaveOut(row: number): void {
    this.timeline?.leaveOut(row);
  }
}
