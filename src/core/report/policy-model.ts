import type { TechniqueRow } from '../inspect/techniques.js';
import type { RuleType } from '../policy/rule.js';
import type { DetectedBy, FindingRow, HiddenRoute, InputRow, RulesReport, UnreadPackets } from './model.js';

// The JSON that `dpi rules test` prints, which `schema/policy.schema.json` documents.

/** How a connection of something blocked came through. */
export type EscapeRoute =
  /** An allow rule let it through. */
  | 'allow-rule'
  /** It went to a name that no domain rule covers, of an app that domain rules are after. */
  | 'other-name'
  /** A DNS answer leads from its name, which no rule covers, to one that a rule blocks (CNAME). */
  | 'cname'
  /** It began before the capture did, so its name was never seen. */
  | 'mid-stream'
  /** Its name is in an Encrypted ClientHello. */
  | 'ech'
  /** It spoke QUIC, or another protocol on udp/443, and its name came late or not at all. */
  | 'quic'
  /** Only its address tells the app, and its client uses encrypted DNS. */
  | 'encrypted-dns'
  /** It showed no name: the address tells the app, by a published range or an earlier DNS answer. */
  | 'address-only'
  /** The same at an address where other people's services run too: it may be something else. */
  | 'guess'
  /** Its name, certificate or protocol came after the other side had answered. */
  | 'late-name';

/** A connection to look at: `dpi analyze --explain <id>` shows all of it. */
export interface PolicyExample {
  id: number;
  protocol: string;
  src_ip: string;
  src_port: number;
  dst_ip: string;
  dst_port: number;
  domain: string | null;
  app: string;
  app_protocol: string | null;
  detected_by: DetectedBy | null;
  techniques: readonly string[];
  /** Numbers of the packet that proved its label, and of its first and last one. */
  evidence_packet: number | null;
  first_packet: number | null;
  last_packet: number | null;
  /** Of several inputs: which one it began in, from 0, and the numbers of two of its packets there; else null. */
  input: number | null;
  first_frame: number | null;
  evidence_frame: number | null;
}

/** What happened to the connections of a block target. */
export interface TargetRow {
  /** The app, or the rule as type:value. */
  target: string;
  kind: RuleType;
  /**
   * "stopped": none came through; "escaped": one did at least; "absent": there was none; "unseen": none was seen, but
   * not all of the capture could be read.
   */
  verdict: 'stopped' | 'escaped' | 'absent' | 'unseen';
  /** Connections but DNS look-ups: the sum of the next four. */
  connections: number;
  /** Stopped before a payload byte of the other side had passed. */
  stopped: number;
  /** Stopped after that. */
  late: number;
  /** Not stopped. */
  escaped: number;
  /** Not stopped, but no payload passed either. */
  empty: number;
  /** Of those stopped, those whose name was read from a QUIC handshake. */
  stopped_by_quic: number;
  /** DNS connections that ask for its names, and those of them that had messages stopped. */
  lookups: number;
  lookups_stopped: number;
  /**
   * Of the late and the escaped ones: bytes of the packets that passed, and the payload in them from the other side.
   */
  passed_bytes: number;
  answer_bytes: number;
}

/** Connections that came through by one route and would be stopped by one rule. */
export interface EscapeRow {
  target: string;
  route: EscapeRoute;
  /** The option that stops them: "--block-domain googlevideo.com"; null where no rule does. */
  remedy: string | null;
  /** The allow rule that let them through; null but for "allow-rule". */
  allowed_by: string | null;
  connections: number;
  /** Of them, those that were stopped in the end. */
  late: number;
  /** DNS connections among them. */
  lookups: number;
  passed_packets: number;
  passed_bytes: number;
  answer_bytes: number;
  /** The first of them. */
  example: PolicyExample;
}

/** Connections that the rules did not stop and whose site can't be told. */
export interface HiddenRow {
  route: HiddenRoute;
  /** An option that stops them all; null where none does. */
  remedy: string | null;
  connections: number;
  passed_packets: number;
  passed_bytes: number;
  example: PolicyExample;
}

/** What block rules would have stopped and what would have escaped, in the key order of its JSON. */
export interface PolicySummary {
  schema_version: number;
  /** "dpi <version>" */
  generator: string;
  inputs: InputRow[];
  total_packets: number;
  total_bytes: number;
  dropped_packets: number;
  total_connections: number;
  blocked_connections: number;
  rules: RulesReport;
  /** Targets that escaped first, then those that were stopped, then those that did not occur. */
  targets: TargetRow[];
  escapes: EscapeRow[];
  /** Empty where only addresses and ports are blocked: those are never hidden. */
  hidden: HiddenRow[];
  /** Packets that could not be read, by cause; those with the most packets first. */
  unread: UnreadPackets[];
  /** As in the report: connections that show one may have hidden a site, whatever their name. */
  techniques: TechniqueRow[];
  limits: Record<string, number>;
  findings: FindingRow[];
  warnings: string[];
}
