import type { AddressWords } from '../flow/address-table.js';
import { FLOW_SEQ_A, FLOW_STAMPED_A, FLOW_SUMMED_A, FLOW_SYN_A, FLOW_SYNS } from '../flow/flow-flags.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import { IPV6_BIT, type PacketColumns } from '../flow/packet-columns.js';
import { TCP_ACK, TCP_RST, TCP_SYN } from '../flow/tcp-state.js';
import { CHECKSUM_WRONG, SegmentChecksum } from './segment-checksum.js';
import { TcpOptions } from './tcp-options.js';
import {
  ACK_OF_PAST,
  ACK_OF_UNSENT,
  BAD_CHECKSUM,
  MD5_OPTION,
  NO_ACK_FLAG,
  OLD_TIMESTAMP,
  OUTSIDE_WINDOW,
  RST_DATA,
  SYN_IN_CONNECTION,
} from './techniques.js';

/** Connections with signed segments (BGP, for the most part) that are known at a time. */
const MAX_SIGNED = 4096;
const FIRST_ROWS = 1024;
/** Right checksums without a fake after which none is tested until something looks like one. */
const MAX_RIGHT_SUMS = 4096;
const MIN_HEADER_LEN = 20;
/** An IPv4 header without options, and its first byte. */
const IPV4_LEN = 20;
const IPV4_WITHOUT_OPTIONS = 0x45;
/** Longer segments were put together by the capturing host (offload): their checksums are those of their parts. */
const MAX_VERIFIED_LEN = 1500;
/** The widest window of a SYN or SYN-ACK: it is never scaled (RFC 7323 §2.2). */
const MAX_FIRST_WINDOW = 0xffff;

/**
 * Says whether a segment's receiver would accept it: RFC 9293 §3.10.7.4, RFC 5961 (acknowledgments, SYNs within a
 * connection), RFC 7323 §5.3 (old time stamps), RFC 2385 and 5925 (signatures), checksums. What it can't know counts
 * for the segment: a capture without the handshake, of one direction or with gaps loses nothing. Of the handshake it
 * keeps no more than the time stamps: what most segments are judged by is in their connection's row.
 */
export class SegmentGate {
  /** TSval of the SYN from endpoint A and from B, by row; meaningful with FLOW_STAMPED_A << endpoint. */
  private stamps = new Int32Array(2 * FIRST_ROWS);
  /** Rows of connections whose SYN was signed. */
  private readonly signed = new Set<number>();
  private readonly options = new TcpOptions();
  private readonly checksum = new SegmentChecksum();
  /** Since the last fake. */
  private rightSums = 0;

  constructor(
    private readonly flows: FlowRows,
    private readonly addresses: AddressWords,
  ) {}

  /**
   * Judges the segment of packet `i`, which belongs to the connection `row` and has payload. Returns 0 where the
   * receiver accepts it, else the technique that it shows. Checksums are tested only where it `verifies`.
   */
  judge(columns: PacketColumns, i: number, row: number, verifies: boolean): number {
    const start = columns.tcpStart[i]!;
    if (start === 0) return 0;
    if (verifies && this.testsSums && this.isDamaged(columns, i, row)) return BAD_CHECKSUM;
    const sender = columns.fromB[i] as Endpoint;
    if ((columns.tcpFlags[i]! & (TCP_RST | TCP_SYN | TCP_ACK)) !== TCP_ACK) return this.flagFault(columns, i, row);
    if (columns.payloadStart[i]! - start > MIN_HEADER_LEN) {
      const technique = this.optionFault(columns, i, row, sender);
      if (technique !== 0) return technique;
    }
    return this.numberFault(row, sender, columns.tcpSeq[i]!, columns.tcpAck[i]!);
  }

  /**
   * The SYN that packet `i` is does not repeat the first one of its sender, and yet is in its connection: the receiver
   * answers it with a challenge ACK (RFC 5961 §4).
   */
  isChallenged(columns: PacketColumns, i: number, row: number): boolean {
    const { flows } = this;
    const isSyn = (columns.tcpFlags[i]! & (TCP_SYN | TCP_ACK)) === TCP_SYN;
    if (!isSyn || (flows.flagsOf(row) & FLOW_SYNS) !== FLOW_SYNS) return false;
    return flows.initialSeqOf(row, columns.fromB[i] as Endpoint) !== columns.tcpSeq[i];
  }

  /** Learns from the SYN that packet `i` is what later segments are judged by. */
  noteSyn(columns: PacketColumns, i: number, row: number): void {
    const start = columns.tcpStart[i]!;
    if (start === 0) return;
    const { options, flows } = this;
    const sender = columns.fromB[i] as Endpoint;
    if (flows.initialSeqOf(row, sender) !== columns.tcpSeq[i]) return;
    if ((columns.tcpFlags[i]! & TCP_ACK) === 0 && this.testsSums) this.isDamaged(columns, i, row);
    options.read(columns.buffers[columns.bufIndex[i]!]!, start + MIN_HEADER_LEN, columns.payloadStart[i]!);
    if (options.isSigned && this.signed.size < MAX_SIGNED) this.signed.add(row);
    if (!options.hasTimestamp) return;
    if (2 * row + 2 > this.stamps.length) {
      const larger = new Int32Array(Math.max(2 * row + 2, 2 * this.stamps.length));
      larger.set(this.stamps);
      this.stamps = larger;
    }
    this.stamps[2 * row + sender] = options.timestamp;
    flows.addFlags(row, FLOW_STAMPED_A << sender);
  }

  /** A connection shows a technique that hides it from observers: checksums are tested again. */
  suspectFakes(): void {
    this.rightSums = 0;
  }

  /**
   * Sums cost more than all else here. Where so many were right, they are tested again once one of the connections
   * shows a technique. A damaged fake does when the bytes that it stands in for come: until then its SYN, which shows
   * that its sender fills in checksums, has not been tested either.
   */
  private get testsSums(): boolean {
    return this.rightSums < MAX_RIGHT_SUMS;
  }

  /** The connection is over. */
  drop(row: number): void {
    if (this.signed.size > 0) this.signed.delete(row);
  }

  /** A checksum is wrong, of an endpoint that has shown right ones. Learns from those that are right. */
  private isDamaged(columns: PacketColumns, i: number, row: number): boolean {
    const start = columns.tcpStart[i]!;
    const end = columns.payloadEnd[i]!;
    // Cut by the capture, or put together by an offload.
    if (end - columns.payloadStart[i]! !== columns.payloadWireLen[i] || end - start > MAX_VERIFIED_LEN) return false;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const isIpv4 = (columns.proto[i]! & IPV6_BIT) === 0;
    const ipStart = start - IPV4_LEN;
    const hasPlainIp = isIpv4 && columns.fragmentGroup[i] === 0 && ipStart >= 0;
    const isRight =
      this.checksum.tcp(buf, start, end, this.addressSum(row, isIpv4)) !== CHECKSUM_WRONG &&
      !(hasPlainIp && buf[ipStart] === IPV4_WITHOUT_OPTIONS && this.checksum.ipv4(buf, ipStart) === CHECKSUM_WRONG);
    const bit = FLOW_SUMMED_A << columns.fromB[i]!;
    const isSummed = this.flows.hasFlag(row, bit);
    if (isRight && !isSummed) this.flows.addFlags(row, bit);
    if (isRight) this.rightSums++;
    else if (isSummed) this.rightSums = 0;
    return !isRight && isSummed;
  }

  /** Sum of the 16-bit words of both addresses. */
  private addressSum(row: number, isIpv4: boolean): number {
    const a = this.flows.addressOf(row, 0);
    const b = this.flows.addressOf(row, 1);
    if (isIpv4) return halves(a) + halves(b);
    let sum = 0;
    for (let n = 0; n < 4; n++) sum += halves(this.addresses.word(a, n)) + halves(this.addresses.word(b, n));
    return sum;
  }

  /** Judges a segment that has other flags than most. */
  private flagFault(columns: PacketColumns, i: number, row: number): number {
    const flags = columns.tcpFlags[i]!;
    // The text of an RST is never data (RFC 9293 §3.5.3).
    if ((flags & TCP_RST) !== 0) return RST_DATA;
    if ((flags & TCP_SYN) === 0) return NO_ACK_FLAG;
    // A challenge ACK answers any SYN that does not repeat the first (RFC 5961 §4).
    const isRepeated = this.flows.initialSeqOf(row, columns.fromB[i] as Endpoint) === columns.tcpSeq[i];
    return isRepeated ? 0 : SYN_IN_CONNECTION;
  }

  private optionFault(columns: PacketColumns, i: number, row: number, sender: Endpoint): number {
    const { options, flows } = this;
    const start = columns.tcpStart[i]! + MIN_HEADER_LEN;
    options.read(columns.buffers[columns.bufIndex[i]!]!, start, columns.payloadStart[i]!);
    const flags = flows.flagsOf(row);
    if (options.isSigned && (flags & FLOW_SYNS) === FLOW_SYNS && !this.signed.has(row)) return MD5_OPTION;
    const bothStamped = FLOW_STAMPED_A | (FLOW_STAMPED_A << 1);
    if (!options.hasTimestamp || (flags & bothStamped) !== bothStamped) return 0;
    // TS.Recent has moved on from the SYN's by then, but how far is known only from segments that were acknowledged.
    return ((options.timestamp - this.stamps[2 * row + sender]!) | 0) < 0 ? OLD_TIMESTAMP : 0;
  }

  /**
   * Judges sequence and acknowledgment numbers where the handshake was seen and the sender has shown no data yet: the
   * first window, and what the peer may have sent, are bounded by then. Later there is no telling a fake from what
   * follows a gap of the capture.
   */
  private numberFault(row: number, sender: Endpoint, seq: number, ack: number): number {
    const { flows } = this;
    const flags = flows.flagsOf(row);
    const needed = FLOW_SYNS | ((FLOW_SEQ_A << 1) | FLOW_SEQ_A);
    if ((flags & needed) !== needed) return 0;
    const other = (1 - sender) as Endpoint;
    const acknowledges = (ack - flows.nextSeqOf(row, other)) | 0;
    const ahead = (seq - flows.nextSeqOf(row, sender)) | 0;
    // First, for the initial numbers lie in the second half of the row, which most packets need not fetch.
    if (acknowledges <= MAX_FIRST_WINDOW && acknowledges >= -MAX_FIRST_WINDOW && ahead <= MAX_FIRST_WINDOW) return 0;
    if (acknowledges > MAX_FIRST_WINDOW) return this.isAtStart(row, other) ? ACK_OF_UNSENT : 0;
    // RFC 5961 §5: further back than the widest window.
    if (acknowledges < -MAX_FIRST_WINDOW && this.isAtStart(row, other)) return ACK_OF_PAST;
    return ahead > MAX_FIRST_WINDOW && this.isAtStart(row, sender) ? OUTSIDE_WINDOW : 0;
  }

  /** No data of the endpoint has been seen. */
  private isAtStart(row: number, endpoint: Endpoint): boolean {
    const { flows } = this;
    return (
      flows.hasFlag(row, FLOW_SYN_A << endpoint) &&
      flows.nextSeqOf(row, endpoint) === ((flows.initialSeqOf(row, endpoint) + 1) | 0)
    );
  }
}

function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}
