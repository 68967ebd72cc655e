import type { AppTable } from '../classify/app-table.js';
import { confidenceWord, detectedBy } from '../classify/evidence.js';
import type { Labels } from '../classify/labels.js';
import { TCP, UDP } from '../common/ip-protocols.js';
import type { AddressWords } from '../flow/address-table.js';
import {
  FLOW_BLOCKED,
  FLOW_CLOSED,
  FLOW_ECH,
  FLOW_ESTABLISHED_A,
  FLOW_INITIATOR_B,
  FLOW_MORE_NAMES,
  FLOW_NAME_ENCRYPTED,
  FLOW_PAYLOAD_A,
  FLOW_PAYLOADS,
  FLOW_RST,
  FLOW_SNAPPED,
  FLOW_SYN_A,
  FLOW_SYNS,
} from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { IPV6_BIT } from '../flow/packet-columns.js';
import { quicVersionText } from '../inspect/quic/version-text.js';
import { tlsVersionText } from '../inspect/tls/version-text.js';
import type { Verdicts } from '../policy/verdicts.js';
import { AddressTexts } from './address-text.js';
import type { ConnectionRecord, UnknownReason } from './model.js';

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
export function unknownReason(words: Int32Array, w: number): UnknownReason | null {
  if ((words[w + F.APP]! & 0xffff) !== 0) return null;
  const flags = words[w + F.FLAGS]!;
  if ((flags & FLOW_NAME_ENCRYPTED) !== 0) return 'encrypted-name';
  if (words[w + F.NAME] !== 0) return 'unlisted-name';
  if (words[w + F.APP]! >>> 16 !== 0) return 'no-name';
  const proto = words[w + F.PROTO]! & 255;
  if (proto !== TCP && proto !== UDP) return 'unsupported-protocol';
  if ((flags & FLOW_PAYLOADS) === 0) return 'no-payload';
  if ((flags & FLOW_SNAPPED) !== 0) return 'truncated';
  if (proto === TCP && (flags & FLOW_SYNS) === 0) return 'mid-stream';
  return 'unsupported-protocol';
}

/** TCP state as far as the packets showed it. */
function tcpState(flags: number): string {
  if ((flags & FLOW_RST) !== 0) return 'reset';
  if ((flags & FLOW_CLOSED) === FLOW_CLOSED) return 'closed';
  if ((flags & FLOW_CLOSED) !== 0) return 'closing';
  if ((flags & FLOW_SYNS) === 0) return 'mid-stream';
  const initiator = (flags & FLOW_INITIATOR_B) !== 0 ? 1 : 0;
  const responder = 1 - initiator;
  if ((flags & (FLOW_SYN_A << responder)) === 0) {
    return (flags & (FLOW_PAYLOAD_A << responder)) !== 0 ? 'established' : 'syn';
  }
  return (flags & (FLOW_ESTABLISHED_A << initiator)) !== 0 ? 'established' : 'syn-ack';
}

/** A record to be read into. */
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
    app_protocol: null,
    domain: null,
    domains: [],
    app: '',
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
    blocked: false,
    blocked_by: null,
    blocked_at_packet: null,
    passed_packets: 0,
    passed_bytes: 0,
  };
}

/**
 * Turns a row of the flow table into the record that the report shows. Allocates: only for connections that are
 * written.
 */
export class ConnectionReader {
  private readonly addressTexts = new AddressTexts();

  constructor(
    private readonly flows: FlowRows,
    private readonly addresses: AddressWords,
    private readonly labels: Labels,
    private readonly apps: AppTable,
    /** Null without rules. */
    private readonly verdicts: Verdicts | null,
  ) {}

  /** Into `into`, every member of it: it is the caller's. */
  read(row: number, into: ConnectionRecord = emptyRecord()): ConnectionRecord {
    const { words, doubles } = this.flows;
    const w = row << F.ROW_SHIFT;
    const flags = words[w + F.FLAGS]!;
    const proto = words[w + F.PROTO]!;
    const ports = words[w + F.PORTS]!;
    const initiatorB = (flags & FLOW_INITIATOR_B) !== 0;
    const initiator = initiatorB ? 1 : 0;
    const a = this.addressText(proto, words[w + F.ADDR_A]!);
    const b = this.addressText(proto, words[w + F.ADDR_B]!);
    const packetsOut = words[w + F.PACKETS_A + initiator]! >>> 0;
    const packetsIn = words[w + F.PACKETS_B - initiator]! >>> 0;
    const bytesOut = doubles[((w + F.BYTES_A) >> 1) + initiator]!;
    const bytesIn = doubles[((w + F.BYTES_B) >> 1) - initiator]!;
    const evidence = words[w + F.EVIDENCE]!;
    const evidencePacket = words[w + F.EVIDENCE_PACKET]! >>> 0;
    const appEntry = words[w + F.APP_ENTRY]!;
    const appProtocol = words[w + F.APP]! >>> 16;
    const { domains } = into;
    this.readDomains(row, w, domains);
    const handshake = this.labels.handshakes?.get(row) ?? null;
    const blocked = (flags & FLOW_BLOCKED) !== 0;
    const droppedPackets = words[w + F.DROPPED_PACKETS]! >>> 0;
    into.id = words[w + F.ID]! >>> 0;
    into.protocol = protocolWord(proto);
    into.src_ip = initiatorB ? b : a;
    into.src_port = initiatorB ? ports & 0xffff : ports >>> 16;
    into.dst_ip = initiatorB ? a : b;
    into.dst_port = initiatorB ? ports >>> 16 : ports & 0xffff;
    into.packets = packetsOut + packetsIn;
    into.bytes = bytesOut + bytesIn;
    into.packets_out = packetsOut;
    into.packets_in = packetsIn;
    into.bytes_out = bytesOut;
    into.bytes_in = bytesIn;
    into.first_seen = doubles[(w + F.FIRST_MICROS) >> 1]! / 1e6;
    into.last_seen = doubles[(w + F.LAST_MICROS) >> 1]! / 1e6;
    into.tcp_state = (proto & 255) === TCP ? tcpState(flags) : null;
    into.app_protocol = appProtocol === 0 ? null : this.labels.protocols.names[appProtocol]!;
    into.domain = domains.length === 0 ? null : domains[0]!;
    into.app = this.apps.nameOf(words[w + F.APP]! & 0xffff);
    into.detected_by = detectedBy(evidence);
    into.confidence = confidenceWord(evidence);
    into.evidence_packet = evidencePacket === 0 ? null : evidencePacket;
    into.evidence_match = this.entryText(appEntry, a, b, ports);
    into.unknown_reason = unknownReason(words, w);
    into.ech = (flags & FLOW_ECH) !== 0;
    into.tls_version = handshake === null ? null : tlsVersionText(handshake.tlsVersion);
    into.alpn = handshake === null || handshake.alpn === '' ? null : handshake.alpn;
    into.quic_version = handshake === null ? null : quicVersionText(handshake.quicVersion);
    into.ja3 = handshake?.fingerprint?.ja3 ?? null;
    into.ja4 = handshake?.fingerprint?.ja4 ?? null;
    into.cert_names = handshake === null ? NO_NAMES : handshake.certificateNames;
    into.blocked = blocked;
    into.blocked_by = blocked && this.verdicts !== null ? this.verdicts.rules.ruleId(this.verdicts.ruleOf(row)) : null;
    into.blocked_at_packet = droppedPackets === 0 ? null : this.verdicts!.firstDropOf(row);
    into.passed_packets = packetsOut + packetsIn - droppedPackets;
    into.passed_bytes = bytesOut + bytesIn - doubles[(w + F.DROPPED_BYTES) >> 1]!;
    return into;
  }

  private entryText(entry: number, a: string, b: string, ports: number): string | null {
    if (entry === F.ENTRY_ENDPOINT_A) return endpointText(a, ports >>> 16);
    if (entry === F.ENTRY_ENDPOINT_B) return endpointText(b, ports & 0xffff);
    return entry === 0 ? null : this.apps.entryText(entry - 1);
  }

  private readDomains(row: number, w: number, into: string[]): void {
    const { names, moreNames } = this.labels;
    const first = this.flows.words[w + F.NAME]!;
    const hasMore = (this.flows.words[w + F.FLAGS]! & FLOW_MORE_NAMES) !== 0;
    if (first === 0 || hasMore) into.length = 0;
    if (first === 0) return;
    // A list of one keeps its memory.
    into[0] = names.text(first);
    if (into.length > 1) into.length = 1;
    if (hasMore) for (const id of moreNames.of(row)) into.push(names.text(id));
  }

  private addressText(proto: number, word: number): string {
    const { addresses, addressTexts } = this;
    if ((proto & IPV6_BIT) === 0) return addressTexts.ipv4(word);
    return addressTexts.ipv6(
      addresses.word(word, 0),
      addresses.word(word, 1),
      addresses.word(word, 2),
      addresses.word(word, 3),
    );
  }
}

/** As in a URI (RFC 3986 §3.2.2). */
function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
