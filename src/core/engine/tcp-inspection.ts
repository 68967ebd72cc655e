import { u16 } from '../common/bytes.js';
import { FLOW_INITIATOR_SURE, FLOW_SEQ_A, FLOW_WATCHED } from '../flow/flow-flags.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { TCP_ACK, TCP_RST, TCP_SYN, TCP_URG } from '../flow/tcp-state.js';
import type { CandidateStreams } from '../inspect/candidate-streams.js';
import { CONFIDENCE_CERTAIN, CONFIDENCE_LIKELY } from '../inspect/inspector.js';
import type { Segment } from '../inspect/packet-payload.js';
import type { SegmentGate } from '../inspect/segment-gate.js';
import type { StreamInspection } from '../inspect/stream-inspection.js';
import { SYN_DATA_REFUSED, SYN_DATA_TAKEN, type SynData } from '../inspect/syn-data.js';
import { OVERLAP_DIFFERS, SYN_DATA, type Techniques, URGENT_DATA } from '../inspect/techniques.js';
import type { UrgentBytes } from '../inspect/urgent-bytes.js';

/** Offset of the urgent pointer in the TCP header. */
const URGENT_POINTER = 18;
/** Techniques that leave open which bytes the receiver took. */
const OPEN_ENDED = (1 << OVERLAP_DIFFERS) | (1 << URGENT_DATA);

/** Those that a TCP segment passes. */
export interface SegmentStages {
  readonly gate: SegmentGate;
  readonly synData: SynData;
  readonly candidates: CandidateStreams;
  readonly urgent: UrgentBytes;
  readonly streams: StreamInspection;
  readonly techniques: Techniques;
}

/**
 * The way of TCP segments to the inspectors: shows them the bytes that the receiver accepted. Where it can't be known
 * which bytes those were, every version is shown, and the connection's label is not certain.
 */
export class TcpInspection {
  constructor(
    private readonly flows: FlowRows,
    private readonly columns: PacketColumns,
    private readonly stages: SegmentStages,
  ) {}

  /** Takes packet `i`, whose payload is `segment`. True when the connection needs no more inspection. */
  take(segment: Segment, i: number): boolean {
    const { row } = segment;
    if (!this.isAccepted(segment, i)) return false;
    const isSettled = this.header(segment, i);
    if (isSettled || segment.wireLen === 0) return isSettled;
    const flags = this.columns.tcpFlags[i]!;
    const { synData, techniques } = this.stages;
    const isRequest = (flags & (TCP_SYN | TCP_ACK)) === TCP_SYN && this.columns.tcpStart[i] !== 0;
    if (isRequest && synData.hold(segment)) return false;
    if (synData.has(row) && synData.isFollowedBy(segment) && this.showSynData(row)) return true;
    const isDone = this.show(segment, i);
    if ((techniques.of(row) & OPEN_ENDED) !== 0) this.doubt(row);
    return isDone;
  }

  /** The same for a connection that has been inspected, but is watched. */
  watch(segment: Segment, i: number): void {
    const { row, sender } = segment;
    const { candidates, techniques } = this.stages;
    if (this.isAccepted(segment, i)) {
      this.header(segment, i);
      if (segment.wireLen > 0 && candidates.addLater(segment, this.flows.nextSeqOf(row, sender))) {
        techniques.seen(row, OVERLAP_DIFFERS, segment.packetNumber);
      }
      candidates.read(row);
    }
    if ((techniques.of(row) & OPEN_ENDED) !== 0) this.doubt(row);
    this.settled(row);
  }

  /** The connection needs no more inspection, but its bytes may still come with other content. */
  settled(row: number): void {
    const { gate, candidates, urgent } = this.stages;
    if (candidates.has(row)) this.flows.addFlags(row, FLOW_WATCHED);
    else {
      this.flows.clearFlags(row, FLOW_WATCHED);
      gate.release(row);
      urgent.drop(row);
    }
  }

  /** The connection is over. */
  end(row: number): void {
    const { gate, synData, candidates, urgent, techniques } = this.stages;
    if (synData.has(row)) this.showSynData(row);
    candidates.end(row);
    if ((techniques.of(row) & OPEN_ENDED) !== 0) this.doubt(row);
    gate.release(row);
    urgent.drop(row);
  }

  private isAccepted(segment: Segment, i: number): boolean {
    const { flows, columns, stages } = this;
    const { row, sender } = segment;
    // Servers name nothing.
    const verifies = flows.directionOf(row, sender) === 0 || !flows.hasFlag(row, FLOW_INITIATOR_SURE);
    const technique = stages.gate.judge(columns, i, row, verifies);
    if (technique === 0) return true;
    const isKnown = flows.hasFlag(row, FLOW_SEQ_A << sender);
    const isNew = !isKnown || ((segment.endSeq - flows.nextSeqOf(row, sender)) | 0) > 0;
    if (segment.wireLen > 0 && isNew) stages.techniques.seen(row, technique, segment.packetNumber);
    return false;
  }

  /** Learns from the header of an accepted segment what the peer's bytes have come to. True when that settles. */
  private header({ row, sender, packetNumber }: Segment, i: number): boolean {
    const { columns, stages } = this;
    const { candidates, synData, techniques } = stages;
    if (columns.tcpStart[i] === 0) return false;
    const flags = columns.tcpFlags[i]!;
    if ((flags & TCP_ACK) === 0 || (flags & TCP_RST) !== 0) return false;
    const ack = columns.tcpAck[i]!;
    candidates.acknowledged(row, (1 - sender) as Endpoint, ack);
    if (!synData.has(row)) return false;
    const outcome = synData.acknowledged(row, sender, ack);
    if (outcome === SYN_DATA_TAKEN) return this.showSynData(row);
    if (outcome === SYN_DATA_REFUSED) {
      synData.release(row);
      techniques.seen(row, SYN_DATA, packetNumber);
    }
    return false;
  }

  private showSynData(row: number): boolean {
    const held = this.stages.synData.release(row);
    return held !== null && this.show(held, -1);
  }

  /** Packet `i` brought the segment; -1 for a SYN that has waited. */
  private show(segment: Segment, i: number): boolean {
    const { flows, stages } = this;
    const { row, sender } = segment;
    const { candidates, streams, techniques } = stages;
    if (i >= 0 && (this.columns.tcpFlags[i]! & TCP_URG) !== 0) this.urgent(segment, i);
    candidates.settles = false;
    const isCompared = i < 0 || this.columns.tcpStart[i] !== 0;
    if (isCompared && flows.directionOf(row, sender) === 0 && !streams.passesOver(segment)) {
      const expected = flows.hasFlag(row, FLOW_SEQ_A << sender) ? flows.nextSeqOf(row, sender) : segment.seq;
      if (candidates.add(segment, expected)) techniques.seen(row, OVERLAP_DIFFERS, segment.packetNumber);
    }
    stages.urgent.strip(segment);
    const isDone = segment.wireLen > 0 && streams.segment(segment);
    candidates.read(row);
    return isDone || candidates.settles;
  }

  /** The sender marks a byte as urgent: it is not part of the stream for most receivers. */
  private urgent(segment: Segment, i: number): void {
    const { urgent, candidates, techniques } = this.stages;
    const start = this.columns.tcpStart[i]!;
    if (start === 0) return;
    const pointer = u16(segment.buf, start + URGENT_POINTER);
    if (pointer === 0 || !urgent.note(segment, pointer)) return;
    techniques.seen(segment.row, URGENT_DATA, segment.packetNumber);
    candidates.keepsUrgent(segment.row);
  }

  private doubt(row: number): void {
    const { flows } = this;
    const evidence = flows.evidenceOf(row);
    if (((evidence >> 8) & 255) !== CONFIDENCE_CERTAIN) return;
    flows.setEvidence(row, evidence & 255, CONFIDENCE_LIKELY, flows.evidencePacketOf(row));
  }
}
