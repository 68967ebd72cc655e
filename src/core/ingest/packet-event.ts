import type { DetectedBy } from '../classify/evidence.js';

/** One packet as the caller saw it. `schema/ingest-event.schema.json` documents it; other keys are ignored. */
export interface PacketEvent {
  readonly tuple: EventTuple;
  /** Bytes of the packet on the wire, which the statistics count. */
  readonly size: number;
  /** The host that the packet is to or from, where the sender knows it. */
  readonly domain?: string | null;
  /** Seconds since the epoch, with a fraction or as digits in a text, or an ISO 8601 date and time with its zone. */
  readonly timestamp?: number | string | null;
  /** The bytes behind the transport header: as they are, or in base64. */
  readonly payload?: Uint8Array | string | null;
}

export interface EventTuple {
  /** IPv4 or IPv6, both of one kind; IPv4-mapped IPv6 is IPv4. */
  readonly src_ip: string;
  readonly dst_ip: string;
  /** May be left out where the protocol has no ports. */
  readonly src_port?: number | null;
  readonly dst_port?: number | null;
  /** A name in any case ("tcp", "UDP", "icmp") or an IANA protocol number. */
  readonly protocol: string | number;
}

/**
 * The decision on one packet. `schema/ingest-decision.schema.json` documents it; the key order is that of this
 * interface.
 */
export interface Decision {
  decision: 'forward' | 'drop';
  /** The connection's app, as known so far; for a DNS message, that of the name asked for. "UNKNOWN" for none. */
  app: string;
  domain: string | null;
  detected_by: DetectedBy | null;
  /** The rule that drops it, "type:value". */
  blocked_by: string | null;
  /** Ordinal of the connection, from 1. */
  connection: number;
}

/** A packet that can't be judged, since what describes it is damaged; it counts nowhere. */
export interface EventError {
  /** A sentence without its full stop that names the key. */
  readonly error: string;
}
