import type { PacketBatch } from '../capture/packet-batch.js';
import { TCP } from '../common/ip-protocols.js';
import type { PipelineObserver } from '../engine/options.js';
import type { AddressTable } from '../flow/address-table.js';
import type { Endpoint } from '../flow/flow-rows.js';
import type { FlowTable } from '../flow/flow-table.js';
import { NO_FLOW, type PacketColumns } from '../flow/packet-columns.js';
import { DnsAnswers, readAnswers } from '../inspect/dns/dns-answers.js';
import type { FindingListener } from '../inspect/finding-listener.js';
import {
  type Finding,
  type InspectContext,
  type Inspector,
  type InspectStatus,
  ROLE_CLIENT,
} from '../inspect/inspector.js';
import { rowAddressText } from '../report/address-text.js';
import { AnswerLog } from './answer-log.js';
import { ConnectionTrace } from './connection-trace.js';
import { FragmentNotes } from './fragment-notes.js';
import type { InputName, Payload } from './payload.js';
import type { Sighting } from './sighting.js';

const TCP_SYN = 2;
const MAX_NAME_LEN = 4096;
const EMPTY = Buffer.alloc(0);

/**
 * Watches a second run over a capture and records how a few connections, known by their ids, got their labels.
 */
export class Explainer implements PipelineObserver {
  readonly traces = new Map<number, ConnectionTrace>();
  readonly answers: AnswerLog;
  /** The input that is being read. The code that opens it sets this. */
  input: InputName = { name: '' };

  private flows!: FlowTable;
  private addresses!: AddressTable;
  private readonly fragments = new FragmentNotes();
  private readonly dnsAnswers = new DnsAnswers();
  /** The packet being inspected. */
  private batch: PacketBatch | null = null;
  private columns: PacketColumns | null = null;
  private packetIndex = 0;
  /** The connection and the bytes that the last inspector saw. */
  private row = 0;
  private buf: Buffer = EMPTY;
  private start = 0;
  private end = 0;

  /** `ids` are the connections to explain, `pairs` their "initiator responder" addresses. */
  constructor(
    private readonly ids: ReadonlySet<number>,
    pairs: ReadonlySet<string>,
  ) {
    this.answers = new AnswerLog(pairs);
  }

  attach(flows: FlowTable, addresses: AddressTable): void {
    this.flows = flows;
    this.addresses = addresses;
  }

  inspector(one: Inspector): Inspector {
    const inspect = (
      buf: Buffer,
      start: number,
      end: number,
      context: InspectContext,
      finding: Finding,
    ): InspectStatus => {
      this.buf = buf;
      this.start = start;
      this.end = end;
      const status = one.inspect(buf, start, end, context, finding);
      if (start < end) this.traceOf(this.row)?.ask(one.name, status);
      return status;
    };
    return { ...one, inspect };
  }

  listener(one: FindingListener): FindingListener {
    return {
      describe: (row, sender, context) => {
        this.row = row;
        one.describe(row, sender, context);
      },
      found: (row, sender, inspector, finding, packetNumber) => {
        this.found(row, sender, inspector, finding, packetNumber);
        return one.found(row, sender, inspector, finding, packetNumber);
      },
    };
  }

  packet(batch: PacketBatch, columns: PacketColumns, i: number, row: number): void {
    this.batch = batch;
    this.columns = columns;
    this.packetIndex = i;
    const group = columns.fragmentGroup[i]!;
    if (group !== 0) this.fragments.note(group, batch, i);
    if (row === NO_FLOW) return;
    const id = this.flows.idOf(row);
    if (!this.ids.has(id)) return;
    let trace = this.traces.get(id);
    const packet = batch.firstNumber + i;
    if (trace === undefined) {
      trace = new ConnectionTrace();
      trace.firstPacket = packet;
      trace.endpointA = this.endpointA(row);
      this.traces.set(id, trace);
    }
    trace.lastPacket = packet;
    if (columns.payloadStart[i]! >= columns.payloadEnd[i]!) return;
    const isTcp = (columns.proto[i]! & 255) === TCP;
    const isSyn = (columns.tcpFlags[i]! & TCP_SYN) !== 0;
    trace.add(this.payload(batch, columns, i), isTcp ? (columns.tcpSeq[i]! + (isSyn ? 1 : 0)) | 0 : null);
  }

  private endpointA(row: number): string {
    return `${rowAddressText(this.flows, row, 0, this.addresses)} ${this.flows.portOf(row, 0)}`;
  }

  private traceOf(row: number): ConnectionTrace | undefined {
    return this.traces.get(this.flows.idOf(row));
  }

  private payload(batch: PacketBatch, columns: PacketColumns, i: number): Payload {
    const start = columns.payloadStart[i]!;
    const isWhole = columns.bufIndex[i] === 0;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    return {
      packet: batch.firstNumber + i,
      tsMicros: batch.tsMicros[i]!,
      sender: columns.fromB[i]!,
      bytes: Buffer.from(buf.subarray(start, columns.payloadEnd[i]!)),
      frameOffset: isWhole ? start - batch.frameStart[i]! : -1,
      fileOffset: batch.baseOffset + batch.frameStart[i]!,
      input: this.input,
      fragments: isWhole ? [] : this.fragments.piecesOf(columns.fragmentGroup[i]!, start),
    };
  }

  private found(row: number, sender: Endpoint, inspector: Inspector, finding: Finding, packetNumber: number): void {
    if (inspector.name === 'dns' && finding.nameStart >= 0) this.learn(row, sender, finding);
    const trace = this.traceOf(row);
    if (trace === undefined) return;
    const isStream = inspector.ipProto === TCP;
    trace.sight(this.sighting(sender, inspector, finding, packetNumber || trace.lastPacket), isStream);
  }

  private sighting(sender: Endpoint, inspector: Inspector, finding: Finding, packet: number): Sighting {
    const { buf, start, end } = this;
    const { nameBuf, nameStart, nameEnd, consumedEnd } = finding;
    const isNamed = nameBuf !== null && nameStart >= 0;
    const stop = consumedEnd > start && consumedEnd < end ? consumedEnd : end;
    const rawName = isNamed ? Buffer.from(nameBuf.subarray(nameStart, nameEnd)) : EMPTY;
    return {
      packet,
      tsMicros: this.timeOf(packet),
      sender,
      inspector: inspector.name,
      protocol: finding.protocol === '' ? inspector.name : finding.protocol,
      name: isNamed ? reportedName(rawName) : null,
      rawName,
      message: Buffer.from(buf.subarray(start, stop)),
      nameOffset: isNamed && nameBuf === buf && nameStart >= start && nameEnd <= stop ? nameStart - start : -1,
      isHello: finding.hello !== null,
      isClient: finding.role === ROLE_CLIENT,
      ech: finding.ech,
      nameEncrypted: finding.nameEncrypted,
      app: finding.app,
    };
  }

  private timeOf(packet: number): number {
    const { batch } = this;
    if (batch === null) return 0;
    const i = packet - batch.firstNumber;
    return batch.tsMicros[i >= 0 && i < batch.count ? i : this.packetIndex]!;
  }

  /** Remembers the addresses of a DNS answer that belong to connections to explain. */
  private learn(row: number, sender: Endpoint, finding: Finding): void {
    const { flows, addresses, batch, columns, buf } = this;
    if (batch === null || columns === null || flows.directionOf(row, sender) !== 1) return;
    const isStream = finding.dnsBuf !== null;
    // Of a message that came in several segments there is no one place to show.
    if (isStream && buf !== columns.buffers[columns.bufIndex[this.packetIndex]!]) return;
    const start = isStream ? finding.dnsStart : this.start;
    const count = readAnswers(buf, start, isStream ? finding.dnsEnd : this.end, this.dnsAnswers);
    if (count === 0) return;
    const client = rowAddressText(flows, row, flows.initiatorOf(row), addresses);
    const rawName = Buffer.from(finding.nameBuf!.subarray(finding.nameStart, finding.nameEnd));
    const payload = this.payload(batch, columns, this.packetIndex);
    const payloadStart = columns.payloadStart[this.packetIndex]!;
    this.answers.add(client, reportedName(rawName), buf, payloadStart, this.dnsAnswers, payload);
  }
}

/** As in NameTable: lower case, without trailing dots. */
function reportedName(raw: Buffer): string {
  let end = raw.length;
  while (end > 0 && raw[end - 1] === 0x2e) end--;
  const name = Buffer.from(raw.subarray(0, Math.min(end, MAX_NAME_LEN)));
  for (let i = 0; i < name.length; i++) if (name[i]! >= 0x41 && name[i]! <= 0x5a) name[i]! += 32;
  return name.toString('utf8');
}
