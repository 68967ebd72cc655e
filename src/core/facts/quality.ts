import type { PacketBatch } from '../capture/packet-batch.js';
import type { Labels } from '../classify/labels.js';
import { TCP } from '../common/ip-protocols.js';
import type { AddressWords } from '../flow/address-table.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { ConnectionQuality } from './connection-quality.js';
import { DnsQuality } from './dns-quality.js';
import type { AddressWriter, DnsSummary } from './dns-servers.js';
import { IcmpErrors } from './icmp-errors.js';
import * as Q from './quality-rows.js';
import { type QualityRow, QualitySums } from './quality-sums.js';
import { SegmentQuality } from './segment-quality.js';
import { ALERT_RECORD, alertAt, isFatal, NO_ALERT, withAlert } from './tls-alerts.js';

/** The quality of all connections as a report shows it. */
export interface QualitySummary extends QualityRow {
  /** ICMP and ICMPv6 errors by kind, those with the most first. */
  icmp_errors: Record<string, number>;
  /** By label, those with the most connections first; empty where only the sums were asked for. */
  labels: LabelQuality[];
}

interface LabelQuality extends QualityRow {
  label: string;
  connections: number;
}

/** What the parts of an engine share. */
export interface QualitySources {
  readonly flows: FlowRows;
  readonly addresses: AddressWords;
  readonly labels: Labels;
  readonly columns: PacketColumns;
  readonly seed: number;
}

interface LabelSums {
  readonly sums: QualitySums;
  connections: number;
}

/** How well the network served the connections: delays, losses, refusals, DNS. */
export class Quality {
  /** Of one connection. */
  readonly connection: ConnectionQuality;
  private readonly rows: Q.QualityRows;
  private readonly segments: SegmentQuality;
  private readonly dns: DnsQuality;
  private readonly icmp = new IcmpErrors();
  /** By label id, see RowLabels; label 0 stands for all where only the sums are asked for. */
  private readonly byLabel: (LabelSums | undefined)[] = [];
  private readonly flows: FlowRows;
  private readonly columns: PacketColumns;
  private readonly labels: Labels;
  private readonly tls: number;
  /** Has no meaning: keeps `expect` from being optimised away. */
  touched = 0;

  /** `isDetailed` adds the sums by label. */
  constructor(
    { flows, addresses, labels, columns, seed }: QualitySources,
    private readonly isDetailed: boolean,
  ) {
    const { protocols } = labels;
    this.flows = flows;
    this.columns = columns;
    this.labels = labels;
    this.tls = protocols.idOf('tls');
    this.rows = new Q.QualityRows(flows.maxFlows);
    this.segments = new SegmentQuality(this.rows, flows, isDetailed);
    this.connection = new ConnectionQuality(this.rows, flows, this.tls, protocols.idOf('quic'), isDetailed);
    this.dns = new DnsQuality(flows, addresses, columns, protocols.idOf('dns'), seed, isDetailed);
  }

  /**
   * Loads the rows of the packets to come, as FlowTable does with its own: independent loads, whose cache misses
   * overlap where connections are many and short.
   */
  expect(from: number, to: number): void {
    const { columns } = this;
    const { streams } = this.rows;
    let sum = 0;
    for (let i = from; i < to; i++) {
      if ((columns.proto[i]! & 255) !== TCP) continue;
      const s = columns.flow[i]! << Q.STREAM_SHIFT;
      sum ^= streams[s]! ^ streams[s + Q.RTT_SERVER]!;
    }
    this.touched += sum & 1;
  }

  begun(row: number): void {
    if (this.connection.isTcp(row) || this.connection.timesDatagrams(row)) this.rows.begin(row);
  }

  packet(batch: PacketBatch, i: number, row: number): void {
    const { columns } = this;
    const isTcp = (columns.proto[i]! & 255) === TCP;
    if (isTcp) this.segments.segment(columns, i, row, batch.tsMicros);
    if (columns.payloadWireLen[i] === 0) return;
    if (isTcp) {
      if (columns.buffers[columns.bufIndex[i]!]![columns.payloadStart[i]!] === ALERT_RECORD) this.alert(i, row);
    } else this.datagram(batch, i, row);
    if (this.dns.concerns(i, row)) this.dns.take(batch, i, row);
  }

  /** The connection `row` ends: what is known of it becomes final. */
  settle(row: number): void {
    if (this.connection.isTcp(row)) this.segments.end(row);
  }

  /** The connection ends: what is counted of it is complete, and added to the sums. */
  ended(row: number): void {
    const id = this.isDetailed ? this.labels.rows.of(row) : 0;
    let label = this.byLabel[id];
    if (label === undefined) {
      label = { sums: new QualitySums(), connections: 0 };
      this.byLabel[id] = label;
    }
    label.connections++;
    label.sums.add(this.connection, row);
  }

  report(): QualitySummary {
    const labels: LabelQuality[] = [];
    const total = new QualitySums();
    this.byLabel.forEach((label, id) => {
      if (label === undefined) return;
      total.addSums(label.sums);
      if (!this.isDetailed) return;
      labels.push({ label: this.labels.rows.textOf(id), connections: label.connections, ...label.sums.report() });
    });
    labels.sort((a, b) => b.connections - a.connections || (a.label < b.label ? -1 : 1));
    return { ...total.report(), icmp_errors: this.icmp.report(), labels };
  }

  dnsReport(writer: AddressWriter): DnsSummary {
    return this.dns.report(writer);
  }

  /** The first payload of each endpoint tells how long the answer took. */
  private datagram(batch: PacketBatch, i: number, row: number): void {
    const { columns } = this;
    if (columns.quotedStart[i]! >= 0) this.icmp.take(columns, i);
    if (!this.connection.timesDatagrams(row)) return;
    const { times } = this.rows;
    const at = (row << Q.TIME_SHIFT) + Q.DATAGRAM_TIME_A + columns.fromB[i]!;
    if (times[at] === 0) times[at] = batch.tsMicros[i]!;
  }

  /** Packet `i` seems to begin with a TLS alert. */
  private alert(i: number, row: number): void {
    const { columns, flows } = this;
    if (flows.protocolOf(row) !== this.tls && this.labels.handshakes?.get(row) == null) return;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const start = columns.payloadStart[i]!;
    const description = alertAt(buf, start, columns.payloadEnd[i]!);
    if (description === NO_ALERT) return;
    const c = this.rows.use(row);
    const { counts } = this.rows;
    counts[c + Q.ALERTS] = withAlert(counts[c + Q.ALERTS]!, description);
    if (isFatal(buf, start)) counts[c + Q.MARKS]! |= Q.QUALITY_FATAL_ALERT;
  }
}
