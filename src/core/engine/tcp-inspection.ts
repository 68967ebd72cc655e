import { u16 } from '../common/bytes.js';
import { FLOW_INITIATOR_SURE, FLOW_SEQ_A, FLOW_WATCHED } from '../flow/flow-flags.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { PacketColumns } from '../flow/packet-columns.js';
import { TCP_ACK, TCP_RST, TCP_SYN, TCP_URG } from '../flow/tcp-state.js';
import type { CandidateStreams } from '../inspect/candidate-streams.js';
import { CONFIDENCE_CERTAIN, CONFIDENCE_LIKELY } from '../inspect/inspector.js';
import type { Segment } from '../inspect/packet-payload.js';
import { RefusedSegments } from '../inspect/refused-segments.js';
import type { SegmentGate } from '../inspect/segment-gate.js';
import type { StreamInspection } from '../inspect/stream-inspection.js';
import { SYN_DATA_REFUSED, SYN_DATA_TAKEN, type SynData } from '../inspect/syn-data.js';
import {
  OVERLAP_DIFFERS,
  RST_DATA,
  SYN_DATA,
  SYN_IN_CONNECTION,
  type Techniques,
  URGENT_DATA,
} from '../inspect/techniques.js';
import type { UninspectedRows } from '../inspect/uninspected-rows.js';
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
  readonly uninspected: UninspectedRows;
}

/**
 * The way of TCP segments to the inspectors: shows them the bytes that the receiver accepted. Where it can't be known
 * which bytes those were, every version is shown, and the connection's label is not certain.
 */
export class TcpInspection {
  private readonly refused = new RefusedSegments();

  constructor(
    private readonly flows: FlowRows,
    private readonly columns: PacketColumns,
    private readonly stages: SegmentStages,
  ) {}

  /** Takes packet `i`, whose payload is `segment`. True when the connection needs no more inspection. */
  take(segment: Segment, i: number): boolean {
    const { row } = segment;
    const { gate, synData, techniques } = this.stages;
    if (!this.isAccepted(segment, i)) return false;
    const flags = this.columns.tcpFlags[i]!;
    if ((flags & TCP_SYN) !== 0) {
      gate.noteSyn(this.columns, i, row);
      if ((flags & TCP_ACK) === 0 && this.columns.tcpStart[i] !== 0 && synData.hold(segment)) return false;
    }
    if (synData.has(row)) {
      if (this.answersSyn(segment, i)) return true;
      if (synData.has(row) && synData.isFollowedBy(segment) && this.showSynData(row)) return true;
    }
    if (this.refused.size > 0 && this.answersRefused(segment, i)) return true;
    const isDone = this.show(segment, i);
    if ((techniques.of(row) & OPEN_ENDED) !== 0) this.doubt(row);
    return isDone;
  }

  /** Takes the SYN or SYN-ACK that packet `i` is. */
  noteSyn(row: number, i: number, packetNumber: number): void {
    const { gate, techniques } = this.stages;
    if (gate.isChallenged(this.columns, i, row)) techniques.seen(row, SYN_IN_CONNECTION, packetNumber);
    else gate.noteSyn(this.columns, i, row);
  }

  /** True while segments without payload may tell something of a connection that is inspected. */
  heedsBare(row: number): boolean {
    return this.stages.synData.has(row) || this.refused.of(row) !== null;
  }

  /** Takes packet `i` without payload, of a connection that heeds such. True when it needs no more inspection. */
  takeBare(segment: Segment, i: number): boolean {
    if (this.stages.synData.has(segment.row) && this.answersSyn(segment, i)) return true;
    return this.answersRefused(segment, i);
  }

  /** Takes a packet of a connection that has been inspected, but is watched. */
  watch(segment: Segment, i: number): void {
    const { row, sender } = segment;
    const { candidates, techniques } = this.stages;
    if (segment.wireLen > 0) {
      const mayDiffer = this.ahead(segment) < 0;
      if ((mayDiffer || candidates.has(row)) && this.isAccepted(segment, i)) {
        if (this.compare(segment, true) && mayDiffer) this.seen(segment, OVERLAP_DIFFERS);
        candidates.read(row);
      }
    }
    if ((techniques.of(row) & OPEN_ENDED) !== 0) this.doubt(row);
    // A version that waits for more may be longer than what has been inspected.
    if (candidates.has(row)) return;
    const isAnswer = this.flows.directionOf(row, sender) === 1 && (this.columns.tcpFlags[i]! & TCP_ACK) !== 0;
    const end = this.flows.nextSeqOf(row, (1 - sender) as Endpoint);
    const isTaken = isAnswer && ((this.columns.tcpAck[i]! - end) | 0) >= 0;
    if (!isTaken && candidates.keeps(row)) return;
    this.settled(row, false);
  }

  /** The connection needs no more inspection; `watches` says that its bytes may still come with other content. */
  settled(row: number, watches: boolean): void {
    const { candidates, urgent } = this.stages;
    if (watches && candidates.keeps(row)) {
      this.flows.addFlags(row, FLOW_WATCHED);
      return;
    }
    this.flows.clearFlags(row, FLOW_WATCHED);
    urgent.drop(row);
  }

  /** The connection is over. */
  end(row: number): void {
    const { gate, synData, candidates, urgent, techniques } = this.stages;
    if (synData.has(row)) this.showSynData(row);
    this.showRefused(row);
    candidates.end(row);
    if ((techniques.of(row) & OPEN_ENDED) !== 0) this.doubt(row);
    gate.drop(row);
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
    if (segment.wireLen > 0 && isNew) {
      this.seen(segment, technique);
      if (verifies && technique !== RST_DATA && technique !== SYN_IN_CONNECTION) this.refused.keep(segment);
    }
    return false;
  }

  private seen({ row, packetNumber }: Segment, technique: number): void {
    this.stages.techniques.seen(row, technique, packetNumber);
    this.stages.gate.suspectFakes();
  }

  /** Packet `i` may say what has become of the data in its connection's SYN. True when that settles it. */
  private answersSyn({ row, sender, packetNumber }: Segment, i: number): boolean {
    const { synData, techniques } = this.stages;
    const flags = this.columns.tcpFlags[i]!;
    if ((flags & TCP_ACK) === 0 || (flags & TCP_RST) !== 0) return false;
    const outcome = synData.acknowledged(row, sender, this.columns.tcpAck[i]!);
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

  /** Packet `i` may acknowledge a segment that was refused. True when that settles the connection. */
  private answersRefused({ row, sender }: Segment, i: number): boolean {
    const kept = this.refused.of(row);
    if (kept === null || kept.sender === sender || (this.columns.tcpFlags[i]! & TCP_ACK) === 0) return false;
    return ((this.columns.tcpAck[i]! - kept.endSeq) | 0) >= 0 && this.showRefused(row);
  }

  /**
   * Shows the segment that was refused, unless others have come in its place. Whether the receiver took it is not
   * known: what it shows is not certain.
   */
  private showRefused(row: number): boolean {
    const kept = this.refused.of(row);
    if (kept === null) return false;
    this.refused.drop(row);
    if (this.flows.nameOf(row) !== 0 || this.ahead(kept) < 0) return false;
    const isDone = this.stages.streams.segment(kept);
    this.doubt(row);
    return isDone;
  }

  /** Packet `i` brought the segment; -1 for a SYN that has waited. */
  private show(segment: Segment, i: number): boolean {
    const { flows, stages } = this;
    const { row, sender } = segment;
    const { candidates, streams } = stages;
    if (i >= 0 && (this.columns.tcpFlags[i]! & TCP_URG) !== 0) this.urgent(segment, i);
    const isCompared = i < 0 || this.columns.tcpStart[i] !== 0;
    if (isCompared && flows.directionOf(row, sender) === 0 && !streams.passesOver(segment)) {
      const mayOverlap = this.ahead(segment) < 0 || streams.holds(row, sender);
      if (this.compare(segment, mayOverlap)) this.seen(segment, OVERLAP_DIFFERS);
    }
    stages.urgent.strip(segment);
    const isDone = segment.wireLen > 0 && streams.segment(segment);
    candidates.read(row);
    return isDone;
  }

  /** As `candidates.add`: whether the segment's bytes differ from those in their place. */
  private compare(segment: Segment, mayOverlap: boolean): boolean {
    const { candidates, uninspected } = this.stages;
    const { refused } = candidates;
    const isOther = candidates.add(segment, mayOverlap);
    if (candidates.refused !== refused) uninspected.add(segment.row);
    return isOther;
  }

  /** The sender marks a byte as urgent: it is not part of the stream for most receivers. */
  private urgent(segment: Segment, i: number): void {
    const { urgent, candidates, techniques } = this.stages;
    const start = this.columns.tcpStart[i]!;
    if (start === 0) return;
    const pointer = u16(segment.buf, start + URGENT_POINTER);
    if (pointer === 0 || !urgent.note(segment, pointer)) return;
    techniques.seen(segment.row, URGENT_DATA, segment.packetNumber);
    candidates.keepUrgent(segment);
  }

  /** How far the segment begins from where its stream has come to; 0 where that is not known. */
  private ahead({ row, sender, seq }: Segment): number {
    const { flows } = this;
    return flows.hasFlag(row, FLOW_SEQ_A << sender) ? (seq - flows.nextSeqOf(row, sender)) | 0 : 0;
  }

  private doubt(row: number): void {
    const { flows } = this;
    const evidence = flows.evidenceOf(row);
    if (((evidence >> 8) & 255) !== CONFIDENCE_CERTAIN) return;
    flows.setEvidence(row, evidence & 255, CONFIDENCE_LIKELY, flows.evidencePacketOf(row));
  }
}
