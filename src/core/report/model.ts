import type { Confidence, DetectedBy } from '../classify/evidence.js';
import type { LabelKind } from '../classify/row-labels.js';
import type { DnsSummary } from '../facts/dns-servers.js';
import type { FactsOptions } from '../facts/facts.js';
import type { HostName, NameSource } from '../facts/host-names.js';
import type { QualitySummary } from '../facts/quality.js';
import type { TimelineReport } from '../facts/timeline.js';
import type { QuicSummary, TlsSummary } from '../facts/tls-facts.js';
import type { UnreadRow } from '../flow/unread-counts.js';
import type { TechniqueRow } from '../inspect/techniques.js';
import type { ConnectionRecord } from './connection-record.js';

/**
 * The report as JSON shows it: snake_case, one type per key, the key order of these interfaces.
 * `schema/report.schema.json` documents it; a change here is a changelog line.
 */

/** Of all JSON that `dpi` prints but that of rules; docs/json.md lists what changed from version to version. */
export const SCHEMA_VERSION = 2;

export type { ConnectionRecord, UnknownReason } from './connection-record.js';
export type { Confidence, DetectedBy, FactsOptions, HostName, LabelKind, NameSource, TimelineReport };
/** Decisions of one rule. */
export interface RuleRow {
  /** "type:value" */
  rule: string;
  action: 'block' | 'allow';
  connections: number;
  /** Packets that it dropped or, an allow rule, let pass, and their bytes on the wire. */
  packets: number;
  bytes: number;
  /** Number of the first packet that it dropped; null for an allow rule. */
  first_packet: number | null;
}

/** Where the rules in force came from. */
export interface RuleOrigin {
  /** As in RulesReport. */
  readonly store: string | null;
  readonly ofCall: number;
}

/** The rules in force and what they did. */
export interface RulesReport {
  /** Where the stored ones came from: a path, a Redis URL without its password; null when none were read. */
  store: string | null;
  /** How many were in force, those of the call included. */
  count: number;
  /** Those of the call; the others came from the store. */
  of_call: number;
  /** The rules that decided something, those with the most packets first. */
  decided: RuleRow[];
  /** Rules that decided nothing: they matched nothing, or another one decided before them. */
  unused_count: number;
  /** The first few of them. */
  unused: string[];
}

/** A condition of `--fail-on`, and what the capture holds of it. */
export interface FindingRow {
  /** "blocked", "app:NAME", "tls:<1.2"; "anything but app:NAME, …" for `--only` */
  condition: string;
  connections: number;
  packets: number;
  bytes: number;
}

export interface AppRow {
  app: string;
  /** As in a connection's record. */
  app_group: string;
  category: string | null;
  /** `lookups` included. */
  connections: number;
  /** Those that carry only DNS messages. */
  lookups: number;
  packets: number;
  bytes: number;
}

/** Traffic under one label. */
export interface LabelRow {
  /** App in upper case, protocol in lower case, or "unknown". */
  label: string;
  kind: LabelKind;
  /** The app's category; null for the others. */
  category: string | null;
  /** Without `lookups`. */
  connections: number;
  /** Connections that carry only DNS messages. */
  lookups: number;
  packets: number;
  bytes: number;
}

/** Traffic in one protocol. */
export interface ProtocolRow {
  /** As `app_protocol`; "none" for connections that showed none and packets outside of connections. */
  protocol: string;
  connections: number;
  packets: number;
  bytes: number;
}

/** Bytes of a host under one label. */
export interface HostLabel {
  label: string;
  bytes: number;
}

/** Traffic of one host. */
export interface HostRow {
  /** "other" for hosts that were evicted and packets outside of connections. */
  address: string;
  /** Its own MAC address, where frames show it. */
  mac: string | null;
  /** At most 4: those that the host chose itself first. */
  names: readonly HostName[];
  /** What its traffic shows: "dhcp-server", "dns-server", "gateway". */
  roles: string[];
  packets_out: number;
  packets_in: number;
  bytes_out: number;
  bytes_in: number;
  /** Without `lookups`. */
  connections_as_client: number;
  connections_as_server: number;
  /** DNS look-ups, at either end. */
  lookups: number;
  /** Mean round trip of its connections, at either end; null where none was measured. */
  rtt_ms: number | null;
  /** Segments sent again in its connections, by either end; null where not measured. */
  retransmitted_packets: number | null;
  /** Its labels, most bytes first. */
  labels: HostLabel[];
  /** Seconds since the epoch; null for "other". */
  first_seen: number | null;
  last_seen: number | null;
}

/** Traffic between two hosts under one label. */
export interface PairRow {
  client: string;
  server: string;
  label: string;
  /** DNS look-ups included. */
  connections: number;
  packets: number;
  bytes: number;
}

export interface DomainRow {
  domain: string;
  app: string;
  connections: number;
  packets: number;
  bytes: number;
}

/** Why the site of a connection cannot be known, so that it may be a blocked one. */
export type HiddenRoute = 'encrypted-dns' | 'vpn' | 'ech' | 'no-name' | 'mid-stream' | 'unrecognised';

/** Connections that the rules did not stop and whose site can't be told, for one reason. */
export interface HiddenConnections {
  route: HiddenRoute;
  connections: number;
  packets: number;
  bytes: number;
  /** Of the capture's bytes, 0 to 1. */
  share: number;
}

/** Packets that could not be read down to a transport header, for one cause. */
export interface UnreadPackets extends UnreadRow {
  /** Of the capture's bytes, 0 to 1. */
  readonly share: number;
}

/** One input file (or stdin) as read. */
export interface InputRow {
  /** As given on the command line; "-" for stdin. */
  name: string;
  /** "pcap", "pcapng", "snoop" or "netmon"; null when not recognised. */
  format: string | null;
  /** "gzip", "zstd", "lz4" or null. */
  compression: string | null;
  packets: number;
  bytes: number;
  /** The damage, null when the input was read whole. */
  damage: string | null;
}

/** The connections that a selection picks, and their packets. */
export interface SelectedTotals {
  connections: number;
  packets: number;
  bytes: number;
}

/** All of the report but its connections. */
export interface ReportSummary {
  schema_version: number;
  /** "dpi <version>" */
  generator: string;
  inputs: InputRow[];
  total_packets: number;
  total_bytes: number;
  forwarded_packets: number;
  dropped_packets: number;
  tcp_packets: number;
  udp_packets: number;
  /** IP packets that are neither TCP nor UDP. */
  other_ip_packets: number;
  non_ip_packets: number;
  /** Packet time of the first and last packet, seconds since the epoch; null without packets. */
  first_seen: number | null;
  last_seen: number | null;
  total_connections: number;
  blocked_connections: number;
  /**
   * With a selection: what it picks. The list of connections, all sums by something (apps, labels, hosts, ...) and
   * `hidden` are then of these connections alone; the other numbers stay those of the capture. Else null.
   */
  selected: SelectedTotals | null;
  /** App to packets; adds up to total_packets, or to selected.packets. */
  app_breakdown: Record<string, number>;
  /** The same with parts added to the app that they belong to. */
  app_group_breakdown: Record<string, number>;
  /** The apps with bytes and connections, largest first. */
  apps: AppRow[];
  /** Traffic by label, most bytes first; packets and bytes add up to the capture's. */
  labels: LabelRow[];
  /** Traffic by protocol, most bytes first; packets and bytes add up to the capture's. */
  protocols: ProtocolRow[];
  /**
   * Traffic by host, most bytes first, then "other"; each direction adds up to the capture's. Empty where not counted.
   */
  hosts: HostRow[];
  /**
   * Hosts that began a connection; a lower bound where `limits.hosts_not_listed` is there, null where not counted.
   */
  clients: number | null;
  /** Traffic by client, server and label, most bytes first, then "other". Empty where not counted. */
  pairs: PairRow[];
  /** Traffic over time by label; null where it was not counted, or without packets. */
  timeline: TimelineReport | null;
  /** UNKNOWN connections by reason. */
  unknown_reasons: Record<string, number>;
  domains_detected: DomainRow[];
  /** Protocol spoken to connections. */
  app_protocols: Record<string, number>;
  /** Named oddities of the wire data with their counts; only those that occurred. */
  anomalies: Record<string, number>;
  /** The same names with the number of the first packet; without those that no single packet stands for. */
  anomaly_packets: Record<string, number>;
  /** Limits that were reached, with how often; empty when nothing was left out. */
  limits: Record<string, number>;
  /** Techniques that show an observer other bytes than the receiver takes; those with the most packets first. */
  techniques: TechniqueRow[];
  /** Packets that came twice within milliseconds, in two VLANs or in the same one, as mirror ports show them. */
  duplicates: { packets: number; bytes: number };
  /** Packets that could not be read, by cause; those with the most packets first. */
  unread: UnreadPackets[];
  /** Connections whose site can't be told, by reason; those with the most bytes first. */
  hidden: HiddenConnections[];
  /** How well the network served the connections; null where it was not measured. */
  quality: QualitySummary | null;
  /** DNS on port 53 and where it was recognised; null where it was not measured. */
  dns: DnsSummary | null;
  tls: TlsSummary | null;
  quic: QuicSummary | null;
  rules: RulesReport;
  /** The conditions of `--fail-on` that were met; empty without it. */
  findings: FindingRow[];
  warnings: string[];
}

export interface Report extends ReportSummary {
  connections: ConnectionRecord[];
}
