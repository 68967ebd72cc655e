import type { AppTable } from '../classify/app-table.js';
import { confidenceWord, detectedBy } from '../classify/evidence.js';
import type { Labels } from '../classify/labels.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import { writeAddress } from '../facts/address-words.js';
import type { ConnectionQuality } from '../facts/connection-quality.js';
import type { FactRows } from '../facts/fact-rows.js';
import {
  FLOW_BLOCKED,
  FLOW_CLOSED,
  FLOW_ECH,
  FLOW_ESTABLISHED_A,
  FLOW_MORE_NAMES,
  FLOW_NAME_ENCRYPTED,
  FLOW_OPENER_B,
  FLOW_PAYLOAD_A,
  FLOW_PAYLOADS,
  FLOW_RST,
  FLOW_SNAPPED,
  FLOW_SYN_A,
  FLOW_SYNS,
} from '../flow/flow-flags.js';
import { ENTRY_ENDPOINT_A, ENTRY_ENDPOINT_B, type Endpoint, type FlowRows } from '../flow/flow-rows.js';
import type { KeyParts } from '../flow/key-parts.js';
import { quicVersionText } from '../inspect/quic/version-text.js';
import { type Techniques, techniqueNames } from '../inspect/techniques.js';
import { tlsVersionText } from '../inspect/tls/version-text.js';
import type { Verdicts } from '../policy/verdicts.js';
import { AddressTexts } from './address-text.js';
import { CommunityIds, FlowTuple } from './community-id.js';
import { type InputFrames, readFrames } from './input-frames.js';
import type { ConnectionRecord, UnknownReason } from './model.js';
import { readQuality, readServerChoice } from './quality-fields.js';
import { networkText, vlanText } from './segment-text.js';

const ICMP = 1;
const ICMPV6 = 58;
const NO_NAMES: readonly string[] = [];
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'ICMP',
  2: 'IGMP',
  6: 'TCP',
  17: 'UDP',
  33: 'DCCP',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPV6',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
  136: 'UDPLITE',
};

/** The report's word for an IP protocol number. */
export function protocolWord(proto: number): string {
  return PROTOCOLS[proto & 255] ?? `IP-${proto & 255}`;
}

/** Why no app is known, null when one is. */
export function unknownReason(flows: FlowRows, row: number): UnknownReason | null {
  if (flows.appOf(row) !== 0) return null;
  if (flows.hasFlag(row, FLOW_NAME_ENCRYPTED)) return 'encrypted-name';
  if (flows.nameOf(row) !== 0) return 'unlisted-name';
  if (flows.protocolOf(row) !== 0) return 'no-name';
  const proto = flows.ipProtocolOf(row);
  if (proto !== TCP && proto !== UDP) return 'unsupported-protocol';
  if (!flows.hasFlag(row, FLOW_PAYLOADS)) return 'no-payload';
  if (flows.hasFlag(row, FLOW_SNAPPED)) return 'truncated';
  if (proto === TCP && !flows.hasFlag(row, FLOW_SYNS)) return 'mid-stream';
  return 'unsupported-protocol';
}

/** TCP state as far as the packets showed it, by FLOW_* bits. */
function tcpState(flags: number, initiator: Endpoint): string {
  if ((flags & FLOW_RST) !== 0) return 'reset';
  if ((flags & FLOW_CLOSED) === FLOW_CLOSED) return 'closed';
  if ((flags & FLOW_CLOSED) !== 0) return 'closing';
  if ((flags & FLOW_SYNS) === 0) return 'mid-stream';
  const responder = 1 - initiator;
  if ((flags & (FLOW_SYN_A << responder)) === 0) {
    return (flags & (FLOW_PAYLOAD_A << responder)) !== 0 ? 'established' : 'syn';
  }
  return (flags & (FLOW_ESTABLISHED_A << initiator)) !== 0 ? 'established' : 'syn-ack';
}

/** A record to read into. */
export function emptyRecord(): ConnectionRecord {
  return {
    id: 0,
    protocol: '',
    src_ip: '',
    src_port: 0,
    dst_ip: '',
    dst_port: 0,
    packets: 0,
    bytes: 0,
    packets_out: 0,
    packets_in: 0,
    bytes_out: 0,
    bytes_in: 0,
    first_seen: 0,
    last_seen: 0,
    tcp_state: null,
    tcp_outcome: null,
    reset_by: null,
    rtt_ms: null,
    rtt_server_ms: null,
    rtt_client_ms: null,
    answer_ms: null,
    retransmitted_packets: null,
    retransmitted_bytes: null,
    out_of_order_packets: null,
    lost_segments: null,
    duplicate_acks: null,
    zero_windows: null,
    app_protocol: null,
    domain: null,
    domains: [],
    app: '',
    app_group: '',
    label: '',
    is_lookup: false,
    detected_by: null,
    confidence: null,
    evidence_packet: null,
    evidence_match: null,
    unknown_reason: null,
    ech: false,
    tls_version: null,
    alpn: null,
    quic_version: null,
    ja3: null,
    ja4: null,
    cert_names: NO_NAMES,
    tls_cipher: null,
    tls_group: null,
    is_post_quantum: null,
    cert_issuer: null,
    cert_not_before: null,
    cert_not_after: null,
    is_cert_self_signed: null,
    is_cert_expired: null,
    is_cert_name_mismatch: null,
    tls_alerts: NO_NAMES,
    is_handshake_failed: false,
    blocked: false,
    blocked_by: null,
    blocked_at_packet: null,
    passed_packets: 0,
    passed_bytes: 0,
    vlan: null,
    network: null,
    cname_targets: NO_NAMES,
    techniques: NO_NAMES,
    community_id: null,
    first_packet: null,
    last_packet: null,
    input: null,
    first_frame: null,
    last_frame: null,
    evidence_frame: null,
  };
}

/** What else is known of connections in progress. */
export interface MeasuredParts {
  readonly techniques: Techniques;
  /** Null where it is not measured. */
  readonly quality: ConnectionQuality | null;
  /** Null where packets are not numbered. */
  readonly factRows: FactRows | null;
  /** Null with one input. */
  readonly frames: InputFrames | null;
}

/** Turns flow rows into the records of reports. Allocates, so call it only for connections that are written. */
export class ConnectionReader {
  private readonly addressTexts = new AddressTexts();
  private readonly communityIds = new CommunityIds();
  private readonly tuple = new FlowTuple();

  constructor(
    private readonly flows: FlowRows,
    private readonly keys: KeyParts,
    private readonly labels: Labels,
    private readonly apps: AppTable,
    /** Null without rules. */
    private readonly verdicts: Verdicts | null,
    private readonly measured: MeasuredParts,
  ) {}

  /** Sets every member of `into`, which stays the caller's. */
  read(row: number, into: ConnectionRecord = emptyRecord()): ConnectionRecord {
    const { flows } = this;
    const flags = flows.flagsOf(row);
    const proto = flows.ipProtocolOf(row);
    const initiator = flows.initiatorOf(row);
    const responder = initiator === 0 ? 1 : 0;
    const packetsOut = flows.packetsFrom(row, initiator);
    const packetsIn = flows.packetsFrom(row, responder);
    const bytesOut = flows.bytesFrom(row, initiator);
    const bytesIn = flows.bytesFrom(row, responder);
    const evidence = flows.evidenceOf(row);
    const evidencePacket = flows.evidencePacketOf(row);
    const appProtocol = flows.protocolOf(row);
    const { domains } = into;
    this.readDomains(row, domains);
    const handshake = this.labels.handshakes?.get(row) ?? null;
    const blocked = (flags & FLOW_BLOCKED) !== 0;
    const droppedPackets = flows.droppedPacketsOf(row);
    into.id = flows.idOf(row);
    into.protocol = protocolWord(proto);
    into.src_ip = this.addressText(row, initiator);
    into.src_port = flows.portOf(row, initiator);
    into.dst_ip = this.addressText(row, responder);
    into.dst_port = flows.portOf(row, responder);
    into.packets = packetsOut + packetsIn;
    into.bytes = bytesOut + bytesIn;
    into.packets_out = packetsOut;
    into.packets_in = packetsIn;
    into.bytes_out = bytesOut;
    into.bytes_in = bytesIn;
    into.first_seen = flows.firstMicrosOf(row) / 1e6;
    into.last_seen = flows.lastMicrosOf(row) / 1e6;
    into.tcp_state = proto === TCP ? tcpState(flags, initiator) : null;
    into.app_protocol = appProtocol === 0 ? null : this.labels.protocols.names[appProtocol]!;
    into.domain = domains.length === 0 ? null : domains[0]!;
    into.app = this.apps.nameOf(flows.appOf(row));
    into.app_group = this.apps.groupOf(flows.appOf(row));
    into.label = this.labels.rows.textOf(this.labels.rows.of(row));
    into.is_lookup = this.labels.rows.isLookup(row);
    into.detected_by = detectedBy(evidence);
    into.confidence = confidenceWord(evidence);
    into.evidence_packet = evidencePacket === 0 ? null : evidencePacket;
    into.evidence_match = this.entryText(row);
    into.unknown_reason = unknownReason(flows, row);
    into.ech = (flags & FLOW_ECH) !== 0;
    const { versions } = this.labels;
    into.tls_version = tlsVersionText(handshake?.tlsVersion ?? versions?.tlsOf(row) ?? 0);
    into.alpn = handshake === null || handshake.alpn === '' ? null : handshake.alpn;
    into.quic_version = quicVersionText(handshake?.quicVersion ?? versions?.quicOf(row) ?? 0);
    into.ja3 = handshake?.fingerprint?.ja3 ?? null;
    into.ja4 = handshake?.fingerprint?.ja4 ?? null;
    into.cert_names = handshake?.certificate?.names ?? NO_NAMES;
    readQuality(this.measured.quality, row, into);
    readServerChoice(handshake, into.first_seen, into);
    into.blocked = blocked;
    into.blocked_by = blocked && this.verdicts !== null ? this.verdicts.rules.ruleId(this.verdicts.ruleOf(row)) : null;
    into.blocked_at_packet = droppedPackets === 0 ? null : this.verdicts!.firstDropOf(row);
    into.passed_packets = packetsOut + packetsIn - droppedPackets;
    into.passed_bytes = bytesOut + bytesIn - flows.droppedBytesOf(row);
    const techniques = this.measured.techniques.of(row);
    into.cname_targets = this.labels.targetsOf(row);
    into.techniques = techniques === 0 ? NO_NAMES : techniqueNames(techniques);
    const segment = flows.segmentOf(row);
    into.vlan = segment === 0 ? null : vlanText(this.keys.segments.vlansOf(segment));
    into.network = segment === 0 ? null : networkText(this.keys.segments.networkOf(segment));
    into.community_id = this.communityId(row);
    into.first_packet = this.measured.factRows?.firstPacketOf(row) ?? null;
    into.last_packet = this.measured.factRows?.lastPacketOf(row) ?? null;
    readFrames(this.measured.frames, into);
    return into;
  }

  private communityId(row: number): string | null {
    const { flows, tuple } = this;
    const { addresses } = this.keys;
    const protocol = flows.ipProtocolOf(row);
    const opener: Endpoint = flows.hasFlag(row, FLOW_OPENER_B) ? 1 : 0;
    const peer: Endpoint = opener === 0 ? 1 : 0;
    tuple.protocol = protocol;
    tuple.isIpv6 = flows.isIpv6(row);
    tuple.sourcePort = flows.portOf(row, opener);
    tuple.destinationPort = flows.portOf(row, peer);
    if (protocol === ICMP || protocol === ICMPV6) {
      const icmp = this.measured.factRows?.icmpOf(row) ?? 0;
      if (icmp === 0) return null;
      tuple.sourcePort = (icmp >>> 8) & 255;
      tuple.destinationPort = icmp & 255;
    }
    writeAddress(flows, addresses, row, opener, tuple.source, 0);
    writeAddress(flows, addresses, row, peer, tuple.destination, 0);
    return this.communityIds.of(tuple);
  }

  private entryText(row: number): string | null {
    const entry = this.flows.entryOf(row);
    if (entry === ENTRY_ENDPOINT_A) return this.endpointText(row, 0);
    if (entry === ENTRY_ENDPOINT_B) return this.endpointText(row, 1);
    return entry === 0 ? null : this.apps.entryText(entry - 1);
  }

  /** As in a URI (RFC 3986 §3.2.2). */
  private endpointText(row: number, endpoint: Endpoint): string {
    const address = this.addressText(row, endpoint);
    const port = this.flows.portOf(row, endpoint);
    return this.flows.isIpv6(row) ? `[${address}]:${port}` : `${address}:${port}`;
  }

  private readDomains(row: number, into: string[]): void {
    const { names, moreNames } = this.labels;
    const first = this.flows.nameOf(row);
    const hasMore = this.flows.hasFlag(row, FLOW_MORE_NAMES);
    if (first === 0 || hasMore) into.length = 0;
    if (first === 0) return;
    // A list of one keeps its memory.
    into[0] = names.text(first);
    if (into.length > 1) into.length = 1;
    if (hasMore) for (const id of moreNames.of(row)) into.push(names.text(id));
  }

  private addressText(row: number, endpoint: Endpoint): string {
    const { addressTexts } = this;
    const { addresses } = this.keys;
    const word = this.flows.addressOf(row, endpoint);
    if (!this.flows.isIpv6(row)) return addressTexts.ipv4(word);
    return addressTexts.ipv6(
      addresses.word(word, 0),
      addresses.word(word, 1),
      addresses.word(word, 2),
      addresses.word(word, 3),
    );
  }
}
