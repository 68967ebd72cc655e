import type { ConnectionQuality } from './connection-quality.js';
import { DurationHistogram, type Durations } from './histogram.js';
import * as Q from './quality-rows.js';
import { alertNames } from './tls-alerts.js';

/** The quality of some connections, as a report shows it. */
export interface QualityRow {
  rtt_ms: Durations;
  retransmitted_packets: number;
  retransmitted_bytes: number;
  out_of_order_packets: number;
  out_of_order_bytes: number;
  lost_segments: number;
  duplicate_acks: number;
  zero_windows: number;
  /** Connections by the side that sent the first RST, refused ones included. */
  resets: { client: number; server: number };
  refused: number;
  unanswered: number;
  failed_handshakes: number;
  /** Connections by TLS alert, those with the most first. */
  tls_alerts: Record<string, number>;
}

/** Sums up the quality of connections as they end. */
export class QualitySums {
  private readonly rtt = new DurationHistogram();
  private readonly alerts = new Map<string, number>();
  private retransmitted = 0;
  private retransmittedBytes = 0;
  private outOfOrder = 0;
  private outOfOrderBytes = 0;
  private lost = 0;
  private duplicateAcks = 0;
  private zeroWindows = 0;
  private resetsByClient = 0;
  private resetsByServer = 0;
  private refused = 0;
  private unanswered = 0;
  private failedHandshakes = 0;

  /** Adds the connection `row`, which ends. */
  add(quality: ConnectionQuality, row: number): void {
    const rtt = quality.rttMicrosOf(row);
    if (rtt >= 0) this.rtt.add(rtt);
    if (quality.isTcp(row)) this.addTcp(quality, row);
  }

  /** Adds what another has summed up. */
  addSums(other: QualitySums): void {
    this.rtt.addAll(other.rtt);
    for (const [name, count] of other.alerts) this.alerts.set(name, (this.alerts.get(name) ?? 0) + count);
    this.retransmitted += other.retransmitted;
    this.retransmittedBytes += other.retransmittedBytes;
    this.outOfOrder += other.outOfOrder;
    this.outOfOrderBytes += other.outOfOrderBytes;
    this.lost += other.lost;
    this.duplicateAcks += other.duplicateAcks;
    this.zeroWindows += other.zeroWindows;
    this.resetsByClient += other.resetsByClient;
    this.resetsByServer += other.resetsByServer;
    this.refused += other.refused;
    this.unanswered += other.unanswered;
    this.failedHandshakes += other.failedHandshakes;
  }

  report(): QualityRow {
    return {
      rtt_ms: this.rtt.report(),
      retransmitted_packets: this.retransmitted,
      retransmitted_bytes: this.retransmittedBytes,
      out_of_order_packets: this.outOfOrder,
      out_of_order_bytes: this.outOfOrderBytes,
      lost_segments: this.lost,
      duplicate_acks: this.duplicateAcks,
      zero_windows: this.zeroWindows,
      resets: { client: this.resetsByClient, server: this.resetsByServer },
      refused: this.refused,
      unanswered: this.unanswered,
      failed_handshakes: this.failedHandshakes,
      tls_alerts: Object.fromEntries([...this.alerts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))),
    };
  }

  private addTcp(quality: ConnectionQuality, row: number): void {
    const outcome = quality.outcomeOf(row);
    if (outcome === 'refused') this.refused++;
    else if (outcome === 'unanswered') this.unanswered++;
    if (quality.isHandshakeFailed(row)) this.failedHandshakes++;
    if (!quality.isCounted(row)) return;
    this.retransmitted += quality.countOf(row, Q.RETRANSMITTED);
    this.retransmittedBytes += quality.countOf(row, Q.RETRANSMITTED_BYTES);
    this.outOfOrder += quality.countOf(row, Q.OUT_OF_ORDER);
    this.outOfOrderBytes += quality.countOf(row, Q.OUT_OF_ORDER_BYTES);
    this.lost += quality.countOf(row, Q.LOST);
    this.duplicateAcks += quality.countOf(row, Q.DUPLICATE_ACKS);
    this.zeroWindows += quality.countOf(row, Q.ZERO_WINDOWS);
    const reset = quality.resetByOf(row);
    if (reset === 0) this.resetsByClient++;
    else if (reset === 1) this.resetsByServer++;
    const alerts = quality.countOf(row, Q.ALERTS);
    if (alerts === 0) return;
    for (const name of alertNames(alerts)) this.alerts.set(name, (this.alerts.get(name) ?? 0) + 1);
  }
}
