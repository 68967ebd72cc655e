/** When a silent connection is over, in µs of packet time. */
export interface FlowTimeouts {
  readonly tcpMicros: number;
  /** After FIN from both sides or RST. */
  readonly tcpClosedMicros: number;
  readonly otherMicros: number;
}

/**
 * RFC 4787 REQ-5 has UDP mappings live two minutes. TCP connections may be silent longer; five minutes is what network
 * monitors commonly allow.
 */
export const DEFAULT_TIMEOUTS: FlowTimeouts = {
  tcpMicros: 300e6,
  tcpClosedMicros: 10e6,
  otherMicros: 120e6,
};
