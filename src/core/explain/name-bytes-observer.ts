import type { PacketBatch } from '../capture/packet-batch.js';
import type { PipelineObserver } from '../engine/options.js';
import type { AddressTable } from '../flow/address-table.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { FlowTable } from '../flow/flow-table.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import type { FindingListener } from '../inspect/finding-listener.js';
import type { Finding, InspectContext, Inspector, InspectStatus } from '../inspect/inspector.js';
import type { ConnectionRecord } from '../report/model.js';
import type { NameBytes } from '../report/name-bytes.js';

/** Most bytes kept of a connection, and how many of them before and behind the name. */
const MOST_LEN = 64;
const BEFORE_LEN = 16;
const BEHIND_LEN = 8;
/** Bytes kept of a message that names nothing. */
const BEGINNING_LEN = 16;
const DOT = 0x2e;
/** Longest name in DNS messages (RFC 1035 §2.3.4), as text. */
const MAX_DNS_NAME_LEN = 255;
const EMPTY = Buffer.alloc(0);

/** Those of a connection in progress. */
interface KeptBytes extends NameBytes {
  readonly id: number;
}

/**
 * Keeps the bytes that show the first name of each connection while a capture is read once. `Explainer` says more, but
 * has to know its connections beforehand. Memory: one small object for each connection in progress that showed a name
 * or a protocol.
 */
export class NameBytesObserver implements PipelineObserver {
  /** By row of the flow table, with the id of the connection, as rows are used again. */
  private readonly kept: (KeptBytes | undefined)[] = [];
  private readonly rows = new Map<number, number>();
  private flows!: FlowRows;
  /** The packet being inspected. */
  private batch: PacketBatch | null = null;
  private columns: PacketColumns | null = null;
  private packetIndex = 0;
  /** The bytes that the last inspector saw. */
  private buf: Buffer = EMPTY;
  private start = 0;
  private end = 0;

  attach(flows: FlowTable, _addresses: AddressTable): void {
    this.flows = flows;
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
      return one.inspect(buf, start, end, context, finding);
    };
    return { ...one, inspect };
  }

  listener(one: FindingListener): FindingListener {
    return {
      describe: (row, sender, context) => one.describe(row, sender, context),
      found: (row: number, sender: Endpoint, inspector: Inspector, finding: Finding, packetNumber: number) => {
        const outcome = one.found(row, sender, inspector, finding, packetNumber);
        this.found(row, inspector, finding, packetNumber);
        return outcome;
      },
    };
  }

  packet(batch: PacketBatch, columns: PacketColumns, i: number): void {
    this.batch = batch;
    this.columns = columns;
    this.packetIndex = i;
  }

  /**
   * The bytes for the record of a connection that ends, which are forgotten; null where its label does not come from
   * bytes of its own, or where they do not show the name as it is.
   */
  take({ id, evidence_packet: evidence }: ConnectionRecord): NameBytes | null {
    const row = this.rows.get(id);
    if (row === undefined) return null;
    const bytes = this.kept[row]!;
    this.forget(row);
    const isNamed = bytes.markEnd > bytes.markStart;
    const isProof = evidence === null ? !isNamed : evidence === bytes.packet;
    return isProof ? bytes : null;
  }

  private forget(row: number): void {
    const before = this.kept[row];
    if (before === undefined) return;
    this.rows.delete(before.id);
    this.kept[row] = undefined;
  }

  private found(row: number, inspector: Inspector, finding: Finding, packetNumber: number): void {
    const { flows } = this;
    const packet = packetNumber || this.currentPacket;
    const evidence = flows.evidencePacketOf(row);
    if (evidence !== 0 && evidence !== packet) return;
    const id = flows.idOf(row);
    const known = this.kept[row];
    const isKnown = known !== undefined && known.id === id;
    // A later message of the same packet proves nothing more; a name proves more than a protocol.
    if (isKnown && (evidence === 0 || (known.packet === packet && known.markEnd > known.markStart))) return;
    const bytes = evidence !== 0 && finding.nameStart >= 0 ? this.named(inspector, finding) : this.beginning();
    this.forget(row);
    if (bytes === null) return;
    this.rows.set(id, row);
    this.kept[row] = { ...bytes, id, packet };
  }

  private get currentPacket(): number {
    return this.batch === null ? 0 : this.batch.firstNumber + this.packetIndex;
  }

  private named(inspector: Inspector, finding: Finding): Omit<NameBytes, 'packet'> | null {
    const { buf, start, end } = this;
    const { nameStart, nameEnd } = finding;
    const nameBuf = finding.nameBuf!;
    const payload = this.payload();
    if (payload !== null) {
      const isThere = nameBuf === payload.buf && nameStart >= payload.start && nameEnd <= payload.end;
      const name = isThere ? null : wireName(inspector, nameBuf, nameStart, nameEnd);
      const found = name === null ? nameStart : payload.buf.indexOf(name, payload.start);
      const foundEnd = name === null ? nameEnd : found + name.length;
      if (found >= 0 && foundEnd <= payload.end) {
        return around(payload.buf, payload, found, foundEnd, payload.frameStart);
      }
    }
    if (nameBuf === buf && nameStart >= start && nameEnd <= end) {
      return around(buf, { start, end }, nameStart, nameEnd, null);
    }
    if (nameBuf !== finding.helloBuf) return null;
    // A hello has more than these bytes before its name, and its end is not known here.
    const hello = around(nameBuf, { start: 0, end: nameEnd }, nameStart, nameEnd, null);
    return inspector.name === 'quic' ? { ...hello, place: 'decrypted' } : hello;
  }

  /** The first bytes of the message that the inspector saw. */
  private beginning(): Omit<NameBytes, 'packet'> | null {
    const { buf, start, end } = this;
    if (start >= end) return null;
    const payload = this.payload();
    const isThere = payload !== null && buf === payload.buf && start >= payload.start && start < payload.end;
    const offset = isThere && payload.frameStart !== null ? start - payload.frameStart : null;
    const hex = buf.toString('hex', start, Math.min(end, start + BEGINNING_LEN));
    return { place: offset === null ? 'joined' : 'frame', offset, hex, markStart: 0, markEnd: 0 };
  }

  /** The payload of the packet at hand; `frameStart` is null where it was put together from IP fragments. */
  private payload(): { buf: Buffer; start: number; end: number; frameStart: number | null } | null {
    const { batch, columns, packetIndex: i } = this;
    if (batch === null || columns === null) return null;
    const which = columns.bufIndex[i]!;
    const start = columns.payloadStart[i]!;
    const end = columns.payloadEnd[i]!;
    if (start >= end) return null;
    return { buf: columns.buffers[which]!, start, end, frameStart: which === 0 ? batch.frameStart[i]! : null };
  }
}

/** The name `buf[at, end)` and what surrounds it inside `limits`. `frameStart` null: it lies in no single frame. */
function around(
  buf: Buffer,
  limits: { readonly start: number; readonly end: number },
  at: number,
  end: number,
  frameStart: number | null,
): Omit<NameBytes, 'packet'> {
  const start = Math.max(limits.start, at - BEFORE_LEN);
  const stop = Math.min(limits.end, end + BEHIND_LEN, start + MOST_LEN);
  return {
    place: frameStart === null ? 'joined' : 'frame',
    offset: frameStart === null ? null : start - frameStart,
    hex: buf.toString('hex', start, stop),
    markStart: at - start,
    markEnd: Math.min(end, stop) - start,
  };
}

/** The name as the protocol writes it: in DNS messages, each label follows its length (RFC 1035 §3.1). */
function wireName(inspector: Inspector, buf: Buffer, start: number, end: number): Buffer {
  const isDns = inspector.name === 'dns' || inspector.name === 'mdns' || inspector.name === 'llmnr';
  if (!isDns || end - start > MAX_DNS_NAME_LEN) return buf.subarray(start, end);
  const wire = Buffer.alloc(end - start + 1);
  buf.copy(wire, 1, start, end);
  for (let label = 0, i = 1; i <= wire.length; i++) {
    if (i < wire.length && wire[i] !== DOT) continue;
    wire[label] = i - label - 1;
    label = i;
  }
  return wire;
}
