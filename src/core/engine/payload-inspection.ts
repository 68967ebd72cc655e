import type { PacketBatch } from '../capture/packet-batch.js';
import type { CallEndpoints } from '../classify/call-endpoints.js';
import type { CertificateLabels } from '../classify/certificate-labels.js';
import type { ClientAnswers } from '../classify/client-answers.js';
import type { CnameTargets } from '../classify/cname-targets.js';
import { DnsMessages } from '../classify/dns-messages.js';
import type { EchNames } from '../classify/ech-names.js';
import type { FindingLabels } from '../classify/finding-labels.js';
import type { Labels } from '../classify/labels.js';
import type { LateLabels } from '../classify/late-labels.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import type { AddressWords } from '../flow/address-table.js';
import {
  FLOW_INITIATOR_SURE,
  FLOW_INSPECTED,
  FLOW_RETRY,
  FLOW_SERVER_HELLO,
  FLOW_SNAPPED,
  FLOW_WATCHED,
} from '../flow/flow-flags.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { BufferPool } from '../flow/stream-assembler.js';
import { TCP_SYN } from '../flow/tcp-state.js';
import { CandidateReader } from '../inspect/candidate-reader.js';
import { CandidateStreams } from '../inspect/candidate-streams.js';
import { DatagramInspection } from '../inspect/datagram-inspection.js';
import { DatagramState } from '../inspect/datagram-state.js';
import { Finding, InspectContext, type Inspector } from '../inspect/inspector.js';
import { InspectorTable } from '../inspect/inspector-table.js';
import { KeptStreams } from '../inspect/kept-streams.js';
import { beginsRetryRequest, laterHelloStart, mayBeginHello } from '../inspect/later-hello.js';
import { PacketPayload, Segment } from '../inspect/packet-payload.js';
import { RecentSegments } from '../inspect/recent-segments.js';
import { DATAGRAM_INSPECTORS, STREAM_INSPECTORS } from '../inspect/registry.js';
import { RowStates } from '../inspect/row-states.js';
import { SegmentGate } from '../inspect/segment-gate.js';
import { ServerInspection } from '../inspect/server-inspection.js';
import { StreamInspection } from '../inspect/stream-inspection.js';
import { SynData } from '../inspect/syn-data.js';
import { Techniques } from '../inspect/techniques.js';
import { UninspectedRows } from '../inspect/uninspected-rows.js';
import { UrgentBytes } from '../inspect/urgent-bytes.js';
import type { Limits, PipelineObserver } from './options.js';
import { StreamAnswers } from './stream-answers.js';
import { TcpInspection } from './tcp-inspection.js';

const DNS_INDEX = DATAGRAM_INSPECTORS.findIndex((one) => one.name === 'dns');
const STUN_INDEX = DATAGRAM_INSPECTORS.findIndex((one) => one.name === 'stun');

/** Those that make labels of what inspection finds. */
export interface Labelling {
  readonly labels: Labels;
  readonly findings: FindingLabels;
  readonly certificates: CertificateLabels;
  readonly late: LateLabels;
  readonly calls: CallEndpoints;
  readonly clients: ClientAnswers;
  readonly echNames: EchNames;
  readonly cnames: CnameTargets;
}

/** How to inspect. */
export interface InspectionOptions {
  readonly limits: Limits;
  readonly observer: PipelineObserver | null;
  /** A connection that can show no more names is labelled at once, not when it ends. */
  readonly settlesEarly: boolean;
}

/** Shows the payload of packets to the inspectors, for as long as their connections have more to tell. */
export class PayloadInspection {
  readonly pool: BufferPool;
  readonly streams: StreamInspection;
  readonly servers: ServerInspection;
  readonly datagrams: DatagramInspection;
  readonly context = new InspectContext();
  readonly techniques = new Techniques();
  readonly candidates: CandidateStreams;
  readonly synData = new SynData();
  readonly streamAnswers: StreamAnswers;
  readonly uninspected: UninspectedRows;
  private readonly tcp: TcpInspection;
  private readonly settlesEarly: boolean;
  private readonly dnsMessages: DnsMessages;
  private readonly segment = new Segment();
  private readonly datagram = new PacketPayload();

  /** `columns` are those of the packets that `payload` takes. */
  constructor(
    private readonly flows: FlowRows,
    addresses: AddressWords,
    private readonly columns: PacketColumns,
    private readonly labelling: Labelling,
    { limits, observer, settlesEarly }: InspectionOptions,
  ) {
    this.settlesEarly = settlesEarly;
    this.pool = new BufferPool(limits.maxReassemblyLen);
    this.dnsMessages = new DnsMessages(labelling.labels, labelling.clients, labelling.echNames, labelling.cnames);
    const { context, pool } = this;
    const finding = new Finding();
    const tableOf = (all: readonly Inspector[]) =>
      new InspectorTable(observer === null ? all : all.map((one) => observer.inspector(one)));
    const listener = observer === null ? labelling.findings : observer.listener(labelling.findings);
    this.uninspected = new UninspectedRows(flows.maxFlows);
    const { uninspected } = this;
    const kept = new KeptStreams(flows, pool, limits.maxStreams, uninspected);
    const streamTable = tableOf(STREAM_INSPECTORS);
    this.streamAnswers = new StreamAnswers(flows, listener, context, this.dnsMessages);
    this.streams = new StreamInspection(streamTable, flows, kept, context, finding, this.streamAnswers);
    const urgent = new UrgentBytes();
    this.candidates = new CandidateStreams(
      new CandidateReader(streamTable, context, finding, this.streamAnswers),
      new RecentSegments(flows),
      urgent,
    );
    const { streams, candidates, techniques, synData } = this;
    const gate = new SegmentGate(flows, addresses);
    this.tcp = new TcpInspection(flows, columns, {
      gate,
      synData,
      candidates,
      urgent,
      streams,
      techniques,
      uninspected,
    });
    this.servers = new ServerInspection(flows, pool, labelling.certificates, uninspected);
    this.datagrams = new DatagramInspection(
      tableOf(DATAGRAM_INSPECTORS),
      flows,
      context,
      finding,
      listener,
      new RowStates(flows, limits.maxDatagramStates, () => new DatagramState(), uninspected),
    );
  }

  /** Takes the payload of packet `i` of the batch, which belongs to the connection `row`. */
  payload(batch: PacketBatch, i: number, row: number): void {
    const { columns, context, flows } = this;
    if (columns.payloadWireLen[i] === 0) return;
    const flags = flows.flagsOf(row);
    if ((flags & FLOW_INSPECTED) !== 0) {
      if ((flags & FLOW_WATCHED) !== 0) this.watched(batch, i, row);
      if ((flags & FLOW_SERVER_HELLO) !== 0) this.serverSegment(batch, i, row);
      const start = columns.payloadStart[i]!;
      if (start >= columns.payloadEnd[i]!) return;
      const first = columns.buffers[columns.bufIndex[i]!]![start]!;
      if (mayBeginHello(first, columns.proto[i]! & 255)) this.laterHello(batch, i, row);
      return;
    }
    const protocol = columns.proto[i]! & 255;
    let isSettled = true;
    context.tsMicros = batch.tsMicros[i]!;
    context.packetNumber = batch.firstNumber + i;
    if (protocol === TCP) isSettled = this.tcp.take(this.segmentOf(batch, i, row), i);
    else if (protocol === UDP) isSettled = this.takeDatagram(batch, i, row);
    const isSnapped = columns.payloadWireLen[i]! > columns.payloadEnd[i]! - columns.payloadStart[i]!;
    if (isSnapped && flows.nameOf(row) === 0) flows.addFlags(row, FLOW_SNAPPED);
    if (isSettled) this.settled(row, protocol);
    if (flows.hasFlag(row, FLOW_SERVER_HELLO)) this.serverSegment(batch, i, row);
  }

  /**
   * Takes a TCP segment without payload: what it acknowledges, and the window that it grants, decide which segments the
   * peer's next ones may be.
   */
  bare(batch: PacketBatch, i: number, row: number): void {
    const { tcp } = this;
    if ((this.columns.tcpFlags[i]! & TCP_SYN) !== 0) tcp.noteSyn(row, i, batch.firstNumber + i);
    const flags = this.flows.flagsOf(row);
    if ((flags & FLOW_WATCHED) !== 0) this.watched(batch, i, row);
    else if ((flags & FLOW_INSPECTED) === 0 && tcp.heedsBare(row)) this.bareUnderInspection(batch, i, row);
  }

  /** The connection is over: asks once more with the bytes that are kept, and frees what it held. */
  end(row: number): void {
    const { flows } = this;
    const protocol = flows.ipProtocolOf(row);
    if (protocol === TCP) {
      this.tcp.end(row);
      this.streams.end(row, flows.hasFlag(row, FLOW_INSPECTED));
    } else if (protocol === UDP) this.datagrams.end(row);
    if (flows.hasFlag(row, FLOW_SERVER_HELLO)) this.servers.end(row);
  }

  /** Inspection of a connection is over: frees what it held. */
  settled(row: number, protocol: number): void {
    const { flows } = this;
    flows.addFlags(row, FLOW_INSPECTED);
    if (this.settlesEarly && !flows.hasFlag(row, FLOW_SERVER_HELLO)) this.unnamed(row);
    if (protocol === UDP) this.datagrams.settled(row);
    else if (protocol === TCP) {
      this.streams.end(row, true);
      this.tcp.settled(row, true);
    }
  }

  private bareUnderInspection(batch: PacketBatch, i: number, row: number): void {
    this.context.tsMicros = batch.tsMicros[i]!;
    this.context.packetNumber = batch.firstNumber + i;
    if (this.tcp.takeBare(this.segmentOf(batch, i, row), i)) this.settled(row, TCP);
  }

  private watched(batch: PacketBatch, i: number, row: number): void {
    this.context.tsMicros = batch.tsMicros[i]!;
    this.context.packetNumber = batch.firstNumber + i;
    this.tcp.watch(this.segmentOf(batch, i, row), i);
  }

  /** Looks for another hello of a settled connection, in a payload that may begin one. */
  private laterHello(batch: PacketBatch, i: number, row: number): void {
    const { columns, context, flows } = this;
    const protocol = columns.proto[i]! & 255;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const start = columns.payloadStart[i]!;
    const end = columns.payloadEnd[i]!;
    if (protocol === TCP && beginsRetryRequest(buf, start, end)) flows.addFlags(row, FLOW_RETRY);
    const helloStart = laterHelloStart(buf, start, end, protocol);
    if (helloStart < 0) return;
    // A server's is not a client's hello.
    if (flows.hasFlag(row, FLOW_INITIATOR_SURE) && flows.directionOf(row, columns.fromB[i]!) !== 0) return;
    context.tsMicros = batch.tsMicros[i]!;
    context.packetNumber = batch.firstNumber + i;
    if (protocol === UDP) {
      this.datagrams.laterHello(this.fill(this.datagram, batch, i, row));
      return;
    }
    // A server that did not ask for it takes no second hello in clear.
    if (!flows.hasFlag(row, FLOW_RETRY)) return;
    const segment = this.segmentOf(batch, i, row);
    segment.trimFront(helloStart - start);
    if (!this.streams.reopen(segment)) return;
    flows.clearFlags(row, FLOW_INSPECTED);
    if (this.streams.segment(segment)) this.settled(row, protocol);
  }

  /** The connection shows no name any more: other evidence for its label counts. */
  private unnamed(row: number): void {
    this.labelling.late.settle(row);
    this.labelling.labels.settled();
  }

  /** The segment of packet `i`, valid until the next call. */
  private segmentOf(batch: PacketBatch, i: number, row: number): Segment {
    const { columns, segment } = this;
    // The SYN takes up one sequence number before its data (RFC 7413).
    const synLen = (columns.tcpFlags[i]! & TCP_SYN) !== 0 ? 1 : 0;
    segment.seq = (columns.tcpSeq[i]! + synLen) | 0;
    return this.fill(segment, batch, i, row);
  }

  private fill<T extends PacketPayload>(payload: T, batch: PacketBatch, i: number, row: number): T {
    const { columns } = this;
    payload.row = row;
    payload.sender = columns.fromB[i] as Endpoint;
    payload.buf = columns.buffers[columns.bufIndex[i]!]!;
    payload.start = columns.payloadStart[i]!;
    payload.end = columns.payloadEnd[i]!;
    payload.wireLen = columns.payloadWireLen[i]!;
    payload.packetNumber = batch.firstNumber + i;
    payload.tsMicros = batch.tsMicros[i]!;
    return payload;
  }

  /** Reads on in what a TLS server says in clear, though its client has shown its name or that it has none. */
  private serverSegment(batch: PacketBatch, i: number, row: number): void {
    const { columns, flows } = this;
    if (columns.payloadStart[i]! >= columns.payloadEnd[i]! || flows.directionOf(row, columns.fromB[i]!) === 0) return;
    // Filled again: StreamInspection trims the segments that it is shown.
    if (!this.servers.segment(this.segmentOf(batch, i, row))) return;
    flows.clearFlags(row, FLOW_SERVER_HELLO);
    if (this.settlesEarly && flows.hasFlag(row, FLOW_INSPECTED)) this.unnamed(row);
  }

  /** True when the connection needs no more inspection. */
  private takeDatagram(batch: PacketBatch, i: number, row: number): boolean {
    if (this.columns.payloadStart[i]! >= this.columns.payloadEnd[i]!) return false;
    const datagram = this.fill(this.datagram, batch, i, row);
    const { finder, name, isSettled } = this.datagrams.datagram(datagram);
    if (finder === DNS_INDEX && (name !== 0 || this.labelling.labels.names.isFull)) {
      if (name !== 0 && this.flows.directionOf(row, datagram.sender) === 1) this.dnsMessages.learn(datagram, name);
      this.dnsMessages.furtherQuestions(datagram);
    } else if (finder === STUN_INDEX) this.labelling.calls.learn(datagram);
    return isSettled;
  }
}
