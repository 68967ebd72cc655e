import type { PacketBatch } from '../capture/packet-batch.js';
import type { ClientAnswers } from '../classify/client-answers.js';
import { DnsMessages } from '../classify/dns-messages.js';
import type { Labels } from '../classify/labels.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import { FLOW_INSPECTED, FLOW_SERVER_HELLO, FLOW_SNAPPED } from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import type { FlowRows } from '../flow/flow-rows.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { BufferPool } from '../flow/stream-assembler.js';
import { DatagramInspection } from '../inspect/datagram-inspection.js';
import { Finding, InspectContext, type Inspector } from '../inspect/inspector.js';
import { InspectorTable } from '../inspect/inspector-table.js';
import { DATAGRAM_INSPECTORS, STREAM_INSPECTORS } from '../inspect/registry.js';
import { ServerInspection } from '../inspect/server-inspection.js';
import { StreamInspection } from '../inspect/stream-inspection.js';
import type { Limits, PipelineObserver } from './options.js';

const TCP_SYN = 2;

/** Shows the payload of packets to the inspectors, for as long as their connections have more to tell. */
export class PayloadInspection {
  readonly pool: BufferPool;
  readonly streams: StreamInspection;
  readonly servers: ServerInspection;
  readonly datagrams: DatagramInspection;
  readonly context = new InspectContext();
  private readonly dnsMessages: DnsMessages;
  private readonly dnsIndex = DATAGRAM_INSPECTORS.findIndex((one) => one.name === 'dns');

  /** With `settlesEarly` a connection that can show no more names is labelled at once, not when it ends. */
  constructor(
    private readonly flows: FlowRows,
    private readonly columns: PacketColumns,
    private readonly labels: Labels,
    clients: ClientAnswers,
    limits: Limits,
    observer: PipelineObserver | null,
    private readonly settlesEarly: boolean,
  ) {
    this.pool = new BufferPool(limits.maxReassemblyLen);
    this.dnsMessages = new DnsMessages(labels, clients);
    const { context, pool } = this;
    const finding = new Finding();
    const tableOf = (all: readonly Inspector[]) =>
      new InspectorTable(observer === null ? all : all.map((one) => observer.inspector(one)));
    const listener = observer === null ? labels : observer.listener(labels);
    this.streams = new StreamInspection(
      tableOf(STREAM_INSPECTORS),
      flows,
      pool,
      context,
      finding,
      listener,
      limits.maxStreams,
    );
    this.servers = new ServerInspection(flows, pool, labels);
    this.datagrams = new DatagramInspection(
      tableOf(DATAGRAM_INSPECTORS),
      context,
      finding,
      listener,
      flows,
      limits.maxDatagramStates,
    );
  }

  /** Packet `i` of the batch, which belongs to the connection `row`. */
  inspect(batch: PacketBatch, i: number, row: number): void {
    const { columns } = this;
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const flags = words[w + F.FLAGS]!;
    if ((flags & FLOW_INSPECTED) !== 0 || columns.payloadWireLen[i] === 0) {
      if ((flags & FLOW_SERVER_HELLO) !== 0) this.inspectServer(batch.firstNumber + i, i, row);
      return;
    }
    const proto = columns.proto[i]! & 255;
    let done = true;
    this.context.tsMicros = batch.tsMicros[i]!;
    this.context.packetNumber = batch.firstNumber + i;
    if (proto === TCP) done = this.inspectSegment(batch.firstNumber + i, i, row);
    else if (proto === UDP) done = this.inspectDatagram(batch, i, row, w);
    const snapped = columns.payloadWireLen[i]! > columns.payloadEnd[i]! - columns.payloadStart[i]!;
    if (snapped && words[w + F.NAME] === 0) words[w + F.FLAGS] = words[w + F.FLAGS]! | FLOW_SNAPPED;
    if (done) this.settled(row, w, proto);
    if ((words[w + F.FLAGS]! & FLOW_SERVER_HELLO) !== 0) this.inspectServer(batch.firstNumber + i, i, row);
  }

  /** The connection is over: asks once more with what is there, and frees what it held. */
  end(row: number): void {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const proto = words[w + F.PROTO]! & 255;
    if (proto === TCP) this.streams.end(row, false);
    else if (proto === UDP && (words[w + F.FLAGS]! & FLOW_INSPECTED) === 0) this.datagrams.end(row, false);
    this.labels.changed = false;
    if ((words[w + F.FLAGS]! & FLOW_SERVER_HELLO) !== 0) this.servers.end(row);
  }

  /** Inspection of a connection is over: frees what it held. */
  settled(row: number, w: number, proto: number): void {
    const { words } = this.flows;
    words[w + F.FLAGS] = words[w + F.FLAGS]! | FLOW_INSPECTED;
    if (this.settlesEarly && (words[w + F.FLAGS]! & FLOW_SERVER_HELLO) === 0) this.unnamed(row);
    if (proto === UDP) this.datagrams.end(row, true);
    else this.streams.end(row, true);
  }

  /** The connection shows no name any more: what is known otherwise counts. */
  private unnamed(row: number): void {
    this.labels.settle(row);
    // Even without a label: what waited for one waits no longer.
    this.labels.changed = true;
  }

  /** Reads on in what a TLS server says in clear, though its client has shown its name or that it has none. */
  private inspectServer(packetNumber: number, i: number, row: number): void {
    const { columns } = this;
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const sender = columns.fromB[i] as 0 | 1;
    const start = columns.payloadStart[i]!;
    const end = columns.payloadEnd[i]!;
    if (start >= end || this.flows.directionOf(row, sender) === 0) return;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    if (!this.servers.segment(row, sender, columns.tcpSeq[i]!, buf, start, end, packetNumber)) return;
    words[w + F.FLAGS] = words[w + F.FLAGS]! & ~FLOW_SERVER_HELLO;
    if (this.settlesEarly && (words[w + F.FLAGS]! & FLOW_INSPECTED) !== 0) this.unnamed(row);
  }

  private inspectSegment(packetNumber: number, i: number, row: number): boolean {
    const { columns } = this;
    // The SYN takes up one sequence number before its data (RFC 7413).
    const seq = (columns.tcpFlags[i]! & TCP_SYN) !== 0 ? (columns.tcpSeq[i]! + 1) | 0 : columns.tcpSeq[i]!;
    return this.streams.segment(
      row,
      columns.fromB[i] as 0 | 1,
      seq,
      columns.buffers[columns.bufIndex[i]!]!,
      columns.payloadStart[i]!,
      columns.payloadEnd[i]!,
      columns.payloadWireLen[i]!,
      packetNumber,
    );
  }

  private inspectDatagram(batch: PacketBatch, i: number, row: number, w: number): boolean {
    const { columns } = this;
    const { words } = this.flows;
    const start = columns.payloadStart[i]!;
    const end = columns.payloadEnd[i]!;
    if (start >= end) return false;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const inspected = words[w + F.INSPECTED]!;
    const seen = Math.min((inspected & 0xffff) + 1, 0xffff);
    const sender = columns.fromB[i] as 0 | 1;
    this.labels.beginDatagram();
    const chosen = this.datagrams.datagram(
      row,
      sender,
      buf,
      start,
      end,
      seen,
      (inspected >>> 16) - 1,
      batch.firstNumber + i,
    );
    words[w + F.INSPECTED] = ((chosen + 1) << 16) | seen;
    if (chosen === this.dnsIndex && this.labels.lastName !== 0) {
      if (this.flows.directionOf(row, sender) === 1) this.dnsMessages.learn(row, buf, start, end, batch.tsMicros[i]!);
      this.dnsMessages.furtherQuestions(row, buf, start, end);
    }
    this.labels.endDatagram(row, sender, buf, start, end, batch, i);
    return this.datagrams.done;
  }
}
