import type { Confidence, DetectedBy } from '../classify/evidence.js';
import type { TcpOutcome } from '../facts/connection-quality.js';

export type UnknownReason =
  | 'no-payload'
  | 'mid-stream'
  | 'encrypted-name'
  | 'no-name'
  | 'unlisted-name'
  | 'unsupported-protocol'
  | 'truncated';

/** One connection: both directions of a 5-tuple, `src` being the initiator. */
export interface ConnectionRecord {
  /** Ordinal by first packet, from 1; unique within a run. */
  id: number;
  /** "TCP", "UDP", "ICMP", "ICMPV6", "SCTP", or "IP-<number>". */
  protocol: string;
  src_ip: string;
  /** 0 for protocols without ports. */
  src_port: number;
  dst_ip: string;
  dst_port: number;
  packets: number;
  /** Bytes of the frames on the wire. */
  bytes: number;
  packets_out: number;
  packets_in: number;
  bytes_out: number;
  bytes_in: number;
  /** Seconds since the Unix epoch with six decimals, by packet time. */
  first_seen: number;
  last_seen: number;
  /** TCP: "syn", "syn-ack", "established", "closing", "closed", "reset", "mid-stream"; null for the others. */
  tcp_state: string | null;
  /** "refused" (an RST answered the SYN), "unanswered" (nothing did); null else. Null where it was not measured. */
  tcp_outcome: TcpOutcome | null;
  /** Who sent the first RST. */
  reset_by: 'client' | 'server' | null;
  /**
   * Round trip that began the connection, in milliseconds: TCP from the SYN to the ACK of the SYN-ACK or to the RST,
   * QUIC from the first Initial to the first answer; null where it was not captured.
   */
  rtt_ms: number | null;
  /** TCP: its parts, from the SYN to the SYN-ACK and from there to the ACK. */
  rtt_server_ms: number | null;
  rtt_client_ms: number | null;
  /** From the initiator's first payload to the responder's; null where that did not follow. */
  answer_ms: number | null;
  /** TCP, in the terms of tshark's `tcp.analysis`; null for other protocols, and where it was not measured. */
  retransmitted_packets: number | null;
  retransmitted_bytes: number | null;
  out_of_order_packets: number | null;
  /** Gaps that no later segment filled. */
  lost_segments: number | null;
  duplicate_acks: number | null;
  zero_windows: number | null;
  /** Protocol spoken, as far as recognised: "tls", "quic", "http", "dns", "ssh", ... */
  app_protocol: string | null;
  domain: string | null;
  /** Every name of the connection in order of appearance, `domain` first; empty when there is none. */
  domains: string[];
  /** App name in upper case, "UNKNOWN" when none is known. */
  app: string;
  /** App at the top of the tree that `app` is a part of; `app` itself where it is no part. */
  app_group: string;
  /** The app, else `app_protocol`, else "unknown". */
  label: string;
  /** Carries only DNS, mDNS or LLMNR messages: `app` is that of the name asked for. */
  is_lookup: boolean;
  detected_by: DetectedBy | null;
  confidence: Confidence | null;
  /** Packet number (from 1) in the input that proved the label; null when none did. */
  evidence_packet: number | null;
  /**
   * The suffix or range of the app table that matched, or the address and port that a call's set-up tied to the app.
   */
  evidence_match: string | null;
  /** Why the app is UNKNOWN; null when it is known. */
  unknown_reason: UnknownReason | null;
  /**
   * An encrypted_client_hello extension was offered: by GREASE (every browser of today) or in earnest, which looks the
   * same.
   */
  ech: boolean;
  /** "1.3", "SSL 3.0": as the server chose, else the newest that the client offered; null without TLS, QUIC or DTLS. */
  tls_version: string | null;
  /** As the server chose where it said so in clear, else the first that the client offered. */
  alpn: string | null;
  /** "1", "2", "draft-29", "Q046", else hex. */
  quic_version: string | null;
  /** Fingerprints of the ClientHello; null when it is not in the capture whole. */
  ja3: string | null;
  ja4: string | null;
  /** Names in the server's certificate, the subject's first, where it is in clear (TLS 1.2 and before); 16 at most. */
  cert_names: readonly string[];
  /** As the server chose, where it said so in clear: "TLS_AES_128_GCM_SHA256", "x25519"; else hex. */
  tls_cipher: string | null;
  tls_group: string | null;
  /** The key exchange that the server chose withstands quantum computers; null where it is not known. */
  is_post_quantum: boolean | null;
  /** Distinguished name (RFC 4514) in the server's certificate, where it is in clear. */
  cert_issuer: string | null;
  /** Seconds since the Unix epoch. */
  cert_not_before: number | null;
  cert_not_after: number | null;
  /** Issuer and subject are the same. */
  is_cert_self_signed: boolean | null;
  /** At the time of the connection. */
  is_cert_expired: boolean | null;
  /** The certificate is not valid for the name in the ClientHello. */
  is_cert_name_mismatch: boolean | null;
  /** TLS alerts in order of appearance, each once, four at most; "encrypted" for those that are not in clear. */
  tls_alerts: readonly string[];
  /** A fatal alert in clear, or the end of the connection behind a ClientHello without answer. */
  is_handshake_failed: boolean;
  blocked: boolean;
  /** The rule that blocked it, "type:value"; null when not blocked. */
  blocked_by: string | null;
  /** Number of the first packet that the rules drop; null when none is (a verdict may come after the last packet). */
  blocked_at_packet: number | null;
  /** Packets and their bytes that the rules let pass. */
  passed_packets: number;
  passed_bytes: number;
  /** VLAN of the packet that began it, "10"; of stacked tags the inner two, "100.10"; null without a tag. */
  vlan: string | null;
  /** Overlay network of that packet by VNI, GRE key or I-SID: "vxlan:5000", "geneve:7", "gre:7", "pbb:9"; or null. */
  network: string | null;
  /** Where the name that the initiator asked DNS for leads: CNAMEs, targets of HTTPS records; nearest first. */
  cname_targets: readonly string[];
  /** What was done in it to show an observer other bytes than the receiver takes: "urgent data", ... */
  techniques: readonly string[];
  /** Community ID, version 1; null for ICMP where packets were not numbered. */
  community_id: string | null;
  /** Numbers of its first and last packet, as `evidence_packet`; null where packets were not numbered. */
  first_packet: number | null;
  last_packet: number | null;
  /**
   * Of several inputs: which one its first packet came from, from 0, and the numbers of its packets there. Null for
   * packets in other inputs, and with one input.
   */
  input: number | null;
  first_frame: number | null;
  last_frame: number | null;
  evidence_frame: number | null;
}
