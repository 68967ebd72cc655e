import { u16 } from '../common/bytes.js';
import type { AddressWords } from '../flow/address-table.js';
import { FLOW_SYN_A } from '../flow/flow-flags.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import { IPV6_BIT, type PacketColumns } from '../flow/packet-columns.js';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../flow/tcp-state.js';
import { RowSlots } from './row-slots.js';
import { CHECKSUM_WRONG, ipv4Checksum, tcpChecksum } from './segment-checksum.js';
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

/** Connections that the gate knows at a time, 64 bytes each. */
const MAX_CONNECTIONS = 1 << 17;

/** Offset of the window in the TCP header. */
const WINDOW = 14;
const MIN_HEADER_LEN = 20;
/** An IPv4 header without options, and its first byte. */
const IPV4_LEN = 20;
const IPV4_WITHOUT_OPTIONS = 0x45;
/** Longer segments were put together by the capturing host (offload): their checksums are those of their parts. */
const MAX_VERIFIED_LEN = 1500;
/** The shift of windows where the SYN was not seen: the largest (RFC 7323 §2.3). */
const UNKNOWN_SHIFT = 14;

/** What is known of one endpoint, in words. */
const SIDE_WORDS = 8;
const CONNECTION_WORDS = 2 * SIDE_WORDS;
/** KNOWS_* bits; the window shift from bit SHIFT_AT on. */
const META = 0;
/** The highest acknowledgment that it sent, the end of the window that it granted with it, its widest window. */
const ACK = 1;
const EDGE = 2;
const WIDEST = 3;
/** Behind the last byte that it sent. */
const SENT = 4;
/** TSval that its peer keeps as TS.Recent (RFC 7323 §5.3). */
const TIMESTAMP = 5;
/** Behind the last segment of its that was outside the window. */
const REJECTED_END = 6;

const KNOWS_SYN = 1;
const KNOWS_ACK = 2;
const KNOWS_SENT = 4;
const KNOWS_TIMESTAMP = 8;
const KNOWS_REJECTED = 16;
/** Its SYN offered time stamps, or was signed. */
const OFFERS_TIMESTAMPS = 32;
const OFFERS_SIGNATURES = 64;
const OFFERS_SHIFT = 128;
/** Its checksums are filled in: one was right, or left to the card. */
const FILLS_CHECKSUM = 256;
const FILLS_IP_CHECKSUM = 512;
const SHIFT_AT = 16;

/**
 * Says whether a segment's receiver would accept it: RFC 9293 §3.10.7.4, RFC 5961 (acknowledgments, SYNs within a
 * connection), RFC 7323 §5.3 (old time stamps), RFC 2385 and 5925 (signatures), checksums. Reads the header only of
 * segments that it is shown. What it can't know counts for the segment: a capture without the handshake, of one
 * direction or with gaps loses nothing.
 */
export class SegmentGate {
  private readonly slots: RowSlots;
  private words = new Int32Array(CONNECTION_WORDS * 256);
  private readonly options = new TcpOptions();

  constructor(
    private readonly flows: FlowRows,
    private readonly addresses: AddressWords,
  ) {
    this.slots = new RowSlots(MAX_CONNECTIONS);
  }

  /**
   * Judges the segment of packet `i`, which belongs to the connection `row`, and learns from it. Returns 0 where the
   * receiver accepts it, else the technique that it shows. Checksums are tested only where it `verifies`.
   */
  judge(columns: PacketColumns, i: number, row: number, verifies: boolean): number {
    const start = columns.tcpStart[i]!;
    if (start === 0) return 0;
    const slot = this.slotFor(row);
    if (slot < 0) return 0;
    const sender = columns.fromB[i] as Endpoint;
    const own = slot * CONNECTION_WORDS + sender * SIDE_WORDS;
    if (verifies && this.isDamaged(columns, i, row, own)) return BAD_CHECKSUM;
    const flags = columns.tcpFlags[i]!;
    const len = columns.payloadWireLen[i]!;
    // The text of an RST is never data (RFC 9293 §3.5.3).
    if ((flags & TCP_RST) !== 0) return len > 0 ? RST_DATA : 0;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    this.options.read(buf, start + MIN_HEADER_LEN, columns.payloadStart[i]!);
    const other = slot * CONNECTION_WORDS + (1 - sender) * SIDE_WORDS;
    const seq = columns.tcpSeq[i]!;
    if ((flags & TCP_SYN) !== 0) {
      // A challenge ACK answers it (RFC 5961 §4).
      if (this.isOtherSyn(row, sender, seq)) return SYN_IN_CONNECTION;
      this.noteSyn(own);
    } else if ((flags & TCP_ACK) === 0) return NO_ACK_FLAG;
    const taken = len + ((flags & TCP_SYN) !== 0 ? 1 : 0) + ((flags & TCP_FIN) !== 0 ? 1 : 0);
    if ((flags & TCP_SYN) === 0) {
      const technique = this.fault(own, other, seq, columns.tcpAck[i]!, taken);
      if (technique !== 0) return technique;
    }
    this.noteSent(own, other, seq, taken);
    if ((flags & TCP_ACK) !== 0) this.noteAck(own, other, columns.tcpAck[i]!, u16(buf, start + WINDOW), flags);
    return 0;
  }

  /** The connection is over, or needs no more judgement. */
  release(row: number): void {
    this.slots.release(row);
  }

  private slotFor(row: number): number {
    const known = this.slots.get(row);
    if (known >= 0) return known;
    const slot = this.slots.take(row);
    if (slot < 0) return -1;
    const at = slot * CONNECTION_WORDS;
    if (at >= this.words.length) {
      const larger = new Int32Array(this.words.length * 2);
      larger.set(this.words);
      this.words = larger;
    }
    this.words.fill(0, at, at + CONNECTION_WORDS);
    return slot;
  }

  /** A checksum is wrong, of an endpoint that fills in right ones. */
  private isDamaged(columns: PacketColumns, i: number, row: number, own: number): boolean {
    const { words } = this;
    const meta = words[own + META]!;
    const start = columns.tcpStart[i]!;
    const end = columns.payloadEnd[i]!;
    const len = columns.payloadWireLen[i]!;
    // Segments without payload serve to learn how the endpoint does it.
    if (len === 0 && (meta & FILLS_CHECKSUM) !== 0) return false;
    // Cut by the capture, or put together by an offload.
    if (end - columns.payloadStart[i]! !== len || end - start > MAX_VERIFIED_LEN) return false;
    const buf = columns.buffers[columns.bufIndex[i]!]!;
    const isIpv4 = (columns.proto[i]! & IPV6_BIT) === 0;
    const ipStart = start - IPV4_LEN;
    if (isIpv4 && columns.fragmentGroup[i] === 0 && ipStart >= 0 && buf[ipStart] === IPV4_WITHOUT_OPTIONS) {
      if (ipv4Checksum(buf, ipStart) !== CHECKSUM_WRONG) words[own + META]! |= FILLS_IP_CHECKSUM;
      else if ((meta & FILLS_IP_CHECKSUM) !== 0) return true;
    }
    if (tcpChecksum(buf, start, end, this.addressSum(row, isIpv4)) !== CHECKSUM_WRONG) {
      words[own + META]! |= FILLS_CHECKSUM;
      return false;
    }
    return (meta & FILLS_CHECKSUM) !== 0;
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

  private isOtherSyn(row: number, sender: Endpoint, seq: number): boolean {
    return this.flows.hasFlag(row, FLOW_SYN_A << sender) && this.flows.initialSeqOf(row, sender) !== seq;
  }

  private noteSyn(own: number): void {
    const { words, options } = this;
    let meta = (words[own + META]! & 0xffff) | KNOWS_SYN;
    if (options.hasTimestamp) {
      meta |= OFFERS_TIMESTAMPS | KNOWS_TIMESTAMP;
      words[own + TIMESTAMP] = options.timestamp;
    }
    if (options.isSigned) meta |= OFFERS_SIGNATURES;
    if (options.windowShift >= 0) meta |= OFFERS_SHIFT | (options.windowShift << SHIFT_AT);
    words[own + META] = meta;
  }

  /** Why the receiver refuses a segment without SYN, 0 where it does not. */
  private fault(own: number, other: number, seq: number, ack: number, taken: number): number {
    const { words, options } = this;
    const meta = words[own + META]!;
    const otherMeta = words[other + META]!;
    if ((meta & KNOWS_ACK) !== 0) {
      if (((ack - words[own + EDGE]!) | 0) > 0 && this.isAckOfUnsent(other, ack)) return ACK_OF_UNSENT;
      // RFC 5961 §5.
      if (((ack - words[own + ACK]! + words[own + WIDEST]!) | 0) < 0) return ACK_OF_PAST;
    }
    if ((otherMeta & KNOWS_ACK) !== 0 && ((seq - words[other + EDGE]!) | 0) > 0) {
      words[own + META] = meta | KNOWS_REJECTED;
      words[own + REJECTED_END] = (seq + taken) | 0;
      return OUTSIDE_WINDOW;
    }
    const both = meta & otherMeta;
    if (options.isSigned && (both & KNOWS_SYN) !== 0 && ((meta | otherMeta) & OFFERS_SIGNATURES) === 0) {
      return MD5_OPTION;
    }
    if (options.hasTimestamp && (both & OFFERS_TIMESTAMPS) !== 0) {
      if (((options.timestamp - words[own + TIMESTAMP]!) | 0) < 0) return OLD_TIMESTAMP;
    }
    return 0;
  }

  /**
   * An acknowledgment beyond the window that the endpoint granted. It is right all the same where the capture lacks
   * what led there: then it fits the segment of the peer that looked as wrong.
   */
  private isAckOfUnsent(other: number, ack: number): boolean {
    const { words } = this;
    const meta = words[other + META]!;
    if ((meta & KNOWS_SENT) === 0 || ((ack - words[other + SENT]!) | 0) <= 0) return false;
    return (meta & KNOWS_REJECTED) === 0 || words[other + REJECTED_END] !== ack;
  }

  private noteSent(own: number, other: number, seq: number, taken: number): void {
    const { words, options } = this;
    const meta = words[own + META]!;
    const end = (seq + taken) | 0;
    if ((meta & KNOWS_SENT) === 0 || ((end - words[own + SENT]!) | 0) > 0) {
      words[own + META] = meta | KNOWS_SENT;
      words[own + SENT] = end;
    }
    if (!options.hasTimestamp || (meta & KNOWS_TIMESTAMP) === 0) return;
    // As the receiver does: only of segments that begin at or before what it has acknowledged.
    const isRecent = (words[other + META]! & KNOWS_ACK) !== 0 && ((seq - words[other + ACK]!) | 0) <= 0;
    if (isRecent && ((options.timestamp - words[own + TIMESTAMP]!) | 0) > 0) words[own + TIMESTAMP] = options.timestamp;
  }

  private noteAck(own: number, other: number, ack: number, window: number, flags: number): void {
    const { words } = this;
    const meta = words[own + META]!;
    const otherMeta = words[other + META]!;
    if ((otherMeta & KNOWS_SENT) === 0) return;
    const ahead = (ack - words[other + SENT]!) | 0;
    // Without a window granted before, there is no telling how far the peer may be.
    if (ahead > 0 && (meta & KNOWS_ACK) === 0) return;
    if (ahead > 0) words[other + SENT] = ack;
    const shift = (flags & TCP_SYN) !== 0 ? 0 : shiftOf(meta, otherMeta);
    const width = window << shift;
    const edge = (ack + width) | 0;
    if ((meta & KNOWS_ACK) === 0) {
      words[own + META] = meta | KNOWS_ACK;
      words[own + ACK] = ack;
      words[own + EDGE] = edge;
      words[own + WIDEST] = width;
      return;
    }
    if (((ack - words[own + ACK]!) | 0) > 0) words[own + ACK] = ack;
    if (((edge - words[own + EDGE]!) | 0) > 0) words[own + EDGE] = edge;
    if (width > words[own + WIDEST]!) words[own + WIDEST] = width;
  }
}

/** Both SYNs must have the option (RFC 7323 §2.2). */
function shiftOf(meta: number, otherMeta: number): number {
  if ((meta & KNOWS_SYN) === 0) return UNKNOWN_SHIFT;
  if ((meta & OFFERS_SHIFT) === 0) return 0;
  if ((otherMeta & KNOWS_SYN) !== 0 && (otherMeta & OFFERS_SHIFT) === 0) return 0;
  return meta >>> SHIFT_AT;
}

function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}
