import { TCP } from '../common/ip-protocols.js';
import { FLOW_CLOSED, FLOW_PAYLOAD_A, FLOW_PAYLOADS, FLOW_RST, FLOW_SYN_A } from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import * as Q from './quality-rows.js';

/** UDP: without `timesAll` first payloads have times on this port alone. */
const QUIC_PORT = 443;

/** How the opening of a TCP connection went wrong. */
export type TcpOutcome = 'refused' | 'unanswered';

/** Reads what was counted of a connection that has not ended, or is about to. */
export class ConnectionQuality {
  constructor(
    private readonly rows: Q.QualityRows,
    private readonly flows: FlowRows,
    /** ProtocolNames ids. */
    private readonly tls: number,
    private readonly quic: number,
    /** Whether the times of first payloads are taken on all ports. */
    private readonly timesAll: boolean,
  ) {}

  isTcp(row: number): boolean {
    return this.flows.ipProtocolOf(row) === TCP;
  }

  /** Whether the times of the first datagrams of a UDP connection are known. */
  timesDatagrams(row: number): boolean {
    const { flows } = this;
    return this.timesAll || flows.portOf(row, 0) === QUIC_PORT || flows.portOf(row, 1) === QUIC_PORT;
  }

  /** TCP: true when something beside round-trip times was counted. */
  isCounted(row: number): boolean {
    return this.rows.isUsed(row);
  }

  /** TCP: one of the words of the second half of the row that quality-rows.ts lists, RETRANSMITTED to MARKS. */
  countOf(row: number, word: number): number {
    return this.rows.isUsed(row) ? this.rows.counts[(row << Q.COUNT_SHIFT) + word]! >>> 0 : 0;
  }

  /**
   * Microseconds of the round trip that began the connection, -1 while unknown: TCP from the SYN to the ACK of the
   * SYN-ACK, QUIC from the first Initial to the first answer.
   */
  rttMicrosOf(row: number): number {
    if (this.isTcp(row)) return this.rows.streams[(row << Q.STREAM_SHIFT) + Q.RTT]! - 1;
    return this.flows.protocolOf(row) === this.quic && this.timesDatagrams(row) ? this.answerMicrosOf(row) : -1;
  }

  /** TCP: microseconds from the SYN to the SYN-ACK, -1 while unknown. */
  serverRttMicrosOf(row: number): number {
    return this.rows.streams[(row << Q.STREAM_SHIFT) + Q.RTT_SERVER]! - 1;
  }

  /** TCP: microseconds from the SYN-ACK to its ACK, -1 while unknown. */
  clientRttMicrosOf(row: number): number {
    const server = this.serverRttMicrosOf(row);
    return server < 0 ? -1 : Math.max(this.rttMicrosOf(row) - server, -1);
  }

  /** Microseconds from the initiator's first payload to the responder's, -1 where that did not follow. */
  answerMicrosOf(row: number): number {
    const { times, doubles } = this.rows;
    const isTcp = this.isTcp(row);
    if (isTcp ? !this.rows.isUsed(row) : !this.timesDatagrams(row)) return -1;
    const moments = isTcp ? doubles : times;
    const first = isTcp ? (row << Q.DOUBLE_SHIFT) + Q.PAID_TIME_A : (row << Q.TIME_SHIFT) + Q.DATAGRAM_TIME_A;
    const initiator = this.flows.initiatorOf(row);
    const asked = moments[first + initiator]!;
    const answered = moments[first + 1 - initiator]!;
    return asked === 0 || answered < asked ? -1 : answered - asked;
  }

  /** 0 when the initiator sent the first RST, 1 when the responder did, -1 for a connection without. */
  resetByOf(row: number): number {
    const resets = this.countOf(row, Q.MARKS) & Q.QUALITY_RESETS;
    if (resets === 0) return -1;
    return this.flows.directionOf(row, resets === Q.QUALITY_RESET_A ? 0 : 1);
  }

  /** Null where the opening did not go wrong, or was not seen. */
  outcomeOf(row: number): TcpOutcome | null {
    const { flows } = this;
    const initiator = flows.initiatorOf(row);
    const responder = initiator === 0 ? 1 : 0;
    if (!flows.hasFlag(row, FLOW_SYN_A << initiator) || flows.hasFlag(row, FLOW_SYN_A << responder)) return null;
    if (flows.packetsFrom(row, responder) === 0) {
      return flows.hasFlag(row, FLOW_PAYLOADS) ? null : 'unanswered';
    }
    const isRefused = flows.hasFlag(row, FLOW_RST) && this.resetByOf(row) === 1;
    return isRefused && !flows.hasFlag(row, FLOW_PAYLOAD_A << responder) ? 'refused' : null;
  }

  /**
   * True for a TLS handshake that came to nothing: a fatal alert in clear, or the end of the connection behind a
   * ClientHello that the server, of which packets were captured, did not answer.
   */
  isHandshakeFailed(row: number): boolean {
    const { flows } = this;
    if ((this.countOf(row, Q.MARKS) & Q.QUALITY_FATAL_ALERT) !== 0) return true;
    if (flows.protocolOf(row) !== this.tls || !flows.hasFlag(row, FLOW_RST | FLOW_CLOSED)) return false;
    const initiator = flows.initiatorOf(row);
    const responder = initiator === 0 ? 1 : 0;
    if (!flows.hasFlag(row, FLOW_SYN_A << initiator) || flows.packetsFrom(row, responder) === 0) return false;
    return flows.hasFlag(row, FLOW_PAYLOAD_A << initiator) && !flows.hasFlag(row, FLOW_PAYLOAD_A << responder);
  }
}
