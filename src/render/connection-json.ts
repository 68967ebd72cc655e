import type { ConnectionRecord } from '../core/report/model.js';
import { ascii, type Fragment, JsonLine } from './json-line.js';
import type { WriteBytes, WriteText } from './report-format.js';
import { jsonText } from './safe-text.js';

/**
 * The members of a connection as one line of JSON without braces, the keys in the order of `ConnectionRecord`. Built
 * by hand (docs/decisions/0017): a record with a string that needs escapes goes through `JSON.stringify`.
 */
export function connectionMembersJson(c: ConnectionRecord): string {
  single.begin();
  writeMembers(single, c);
  return single.failed ? escapedMembersJson(c) : single.text();
}

const single = new JsonLine();

/** The text before and after the members in a line: printable ASCII or line feeds. */
export class LineFrame {
  readonly headPiece: Fragment;
  readonly tailPiece: Fragment;

  constructor(
    readonly head: string,
    readonly tail: string,
  ) {
    this.headPiece = ascii(head);
    this.tailPiece = ascii(tail);
  }
}

/** Bytes of lines that are written together; less than the buffer of an output holds, which would need a new one. */
const PIECE_LEN = 1 << 15;

/**
 * Writes connections as lines: many at once as bytes where `writeBytes` is given, since strings cost twice as much.
 * Call `flush` before anything else is written.
 */
export class ConnectionLines {
  private readonly line = new JsonLine();

  constructor(
    private readonly write: WriteText,
    private readonly writeBytes?: WriteBytes,
  ) {}

  add(frame: LineFrame, c: ConnectionRecord): void {
    const { line } = this;
    line.begin();
    line.raw(frame.headPiece);
    writeMembers(line, c);
    line.raw(frame.tailPiece);
    if (line.failed) {
      line.begin();
      this.flush();
      this.write(`${frame.head}${escapedMembersJson(c)}${frame.tail}`);
    } else if (line.len >= PIECE_LEN || this.writeBytes === undefined) {
      this.flush();
    }
  }

  /** Writes the lines that are still buffered. */
  flush(): void {
    const { line, writeBytes } = this;
    if (writeBytes !== undefined) line.writeTo(writeBytes);
    else if (line.len > 0) this.write(line.text());
  }
}

const KEYS = {
  id: ascii('"id":'),
  protocol: ascii(',"protocol":'),
  srcIp: ascii(',"src_ip":'),
  srcPort: ascii(',"src_port":'),
  dstIp: ascii(',"dst_ip":'),
  dstPort: ascii(',"dst_port":'),
  packets: ascii(',"packets":'),
  bytes: ascii(',"bytes":'),
  packetsOut: ascii(',"packets_out":'),
  packetsIn: ascii(',"packets_in":'),
  bytesOut: ascii(',"bytes_out":'),
  bytesIn: ascii(',"bytes_in":'),
  firstSeen: ascii(',"first_seen":'),
  lastSeen: ascii(',"last_seen":'),
  tcpState: ascii(',"tcp_state":'),
  tcpOutcome: ascii(',"tcp_outcome":'),
  resetBy: ascii(',"reset_by":'),
  rttMs: ascii(',"rtt_ms":'),
  rttServerMs: ascii(',"rtt_server_ms":'),
  rttClientMs: ascii(',"rtt_client_ms":'),
  answerMs: ascii(',"answer_ms":'),
  retransmittedPackets: ascii(',"retransmitted_packets":'),
  retransmittedBytes: ascii(',"retransmitted_bytes":'),
  outOfOrderPackets: ascii(',"out_of_order_packets":'),
  lostSegments: ascii(',"lost_segments":'),
  duplicateAcks: ascii(',"duplicate_acks":'),
  zeroWindows: ascii(',"zero_windows":'),
  appProtocol: ascii(',"app_protocol":'),
  domain: ascii(',"domain":'),
  domains: ascii(',"domains":'),
  app: ascii(',"app":'),
  appGroup: ascii(',"app_group":'),
  label: ascii(',"label":'),
  isLookup: ascii(',"is_lookup":'),
  detectedBy: ascii(',"detected_by":'),
  confidence: ascii(',"confidence":'),
  evidencePacket: ascii(',"evidence_packet":'),
  evidenceMatch: ascii(',"evidence_match":'),
  unknownReason: ascii(',"unknown_reason":'),
  ech: ascii(',"ech":'),
  tlsVersion: ascii(',"tls_version":'),
  alpn: ascii(',"alpn":'),
  quicVersion: ascii(',"quic_version":'),
  ja3: ascii(',"ja3":'),
  ja4: ascii(',"ja4":'),
  certNames: ascii(',"cert_names":'),
  tlsCipher: ascii(',"tls_cipher":'),
  tlsGroup: ascii(',"tls_group":'),
  isPostQuantum: ascii(',"is_post_quantum":'),
  certIssuer: ascii(',"cert_issuer":'),
  certNotBefore: ascii(',"cert_not_before":'),
  certNotAfter: ascii(',"cert_not_after":'),
  isCertSelfSigned: ascii(',"is_cert_self_signed":'),
  isCertExpired: ascii(',"is_cert_expired":'),
  isCertNameMismatch: ascii(',"is_cert_name_mismatch":'),
  tlsAlerts: ascii(',"tls_alerts":'),
  isHandshakeFailed: ascii(',"is_handshake_failed":'),
  blocked: ascii(',"blocked":'),
  blockedBy: ascii(',"blocked_by":'),
  blockedAtPacket: ascii(',"blocked_at_packet":'),
  passedPackets: ascii(',"passed_packets":'),
  passedBytes: ascii(',"passed_bytes":'),
  vlan: ascii(',"vlan":'),
  network: ascii(',"network":'),
  cnameTargets: ascii(',"cname_targets":'),
  techniques: ascii(',"techniques":'),
  communityId: ascii(',"community_id":'),
  firstPacket: ascii(',"first_packet":'),
  lastPacket: ascii(',"last_packet":'),
  input: ascii(',"input":'),
  firstFrame: ascii(',"first_frame":'),
  lastFrame: ascii(',"last_frame":'),
  evidenceFrame: ascii(',"evidence_frame":'),
};

/** Keys and values that most connections share, in one piece. */
const NO_HANDSHAKE = ascii(',"tls_version":null,"alpn":null,"quic_version":null,"ja3":null,"ja4":null,"cert_names":[]');
const NO_SERVER_CHOICE = ascii(
  ',"tls_cipher":null,"tls_group":null,"is_post_quantum":null,"cert_issuer":null,"cert_not_before":null,"cert_not_after":null,"is_cert_self_signed":null,"is_cert_expired":null,"is_cert_name_mismatch":null,"tls_alerts":[],"is_handshake_failed":false',
);
const NO_FRAMES = ascii(',"input":null,"first_frame":null,"last_frame":null,"evidence_frame":null');
const NOTHING_SPECIAL = ascii(',"vlan":null,"network":null,"cname_targets":[],"techniques":[]');
const NOT_BLOCKED = ascii(',"blocked":false,"blocked_by":null,"blocked_at_packet":null');

function writeMembers(to: JsonLine, c: ConnectionRecord): void {
  to.number(KEYS.id, c.id);
  to.word(KEYS.protocol, c.protocol);
  to.string(KEYS.srcIp, c.src_ip);
  to.number(KEYS.srcPort, c.src_port);
  to.string(KEYS.dstIp, c.dst_ip);
  to.number(KEYS.dstPort, c.dst_port);
  to.number(KEYS.packets, c.packets);
  to.number(KEYS.bytes, c.bytes);
  to.number(KEYS.packetsOut, c.packets_out);
  to.number(KEYS.packetsIn, c.packets_in);
  to.number(KEYS.bytesOut, c.bytes_out);
  to.number(KEYS.bytesIn, c.bytes_in);
  to.seconds(KEYS.firstSeen, c.first_seen);
  to.seconds(KEYS.lastSeen, c.last_seen);
  to.wordOrNull(KEYS.tcpState, c.tcp_state);
  writeQuality(to, c);
  to.wordOrNull(KEYS.appProtocol, c.app_protocol);
  to.stringOrNull(KEYS.domain, c.domain);
  to.strings(KEYS.domains, c.domains);
  to.word(KEYS.app, c.app);
  to.word(KEYS.appGroup, c.app_group);
  to.word(KEYS.label, c.label);
  to.boolean(KEYS.isLookup, c.is_lookup);
  to.wordOrNull(KEYS.detectedBy, c.detected_by);
  to.wordOrNull(KEYS.confidence, c.confidence);
  to.numberOrNull(KEYS.evidencePacket, c.evidence_packet);
  to.wordOrNull(KEYS.evidenceMatch, c.evidence_match);
  to.wordOrNull(KEYS.unknownReason, c.unknown_reason);
  to.boolean(KEYS.ech, c.ech);
  writeHandshake(to, c);
  writeServerChoice(to, c);
  writeVerdict(to, c);
  to.number(KEYS.passedPackets, c.passed_packets);
  to.number(KEYS.passedBytes, c.passed_bytes);
  writeWhereabouts(to, c);
  to.stringOrNull(KEYS.communityId, c.community_id);
  to.numberOrNull(KEYS.firstPacket, c.first_packet);
  to.numberOrNull(KEYS.lastPacket, c.last_packet);
  writeFrames(to, c);
}

/** Where its packets lie, which is known of several inputs only. */
function writeFrames(to: JsonLine, c: ConnectionRecord): void {
  if (c.input === null) {
    to.raw(NO_FRAMES);
    return;
  }
  to.number(KEYS.input, c.input);
  to.numberOrNull(KEYS.firstFrame, c.first_frame);
  to.numberOrNull(KEYS.lastFrame, c.last_frame);
  to.numberOrNull(KEYS.evidenceFrame, c.evidence_frame);
}

/** Where it was and what was done in it, which most connections lack. */
function writeWhereabouts(to: JsonLine, c: ConnectionRecord): void {
  if (c.vlan === null && c.network === null && c.cname_targets.length === 0 && c.techniques.length === 0) {
    to.raw(NOTHING_SPECIAL);
    return;
  }
  to.wordOrNull(KEYS.vlan, c.vlan);
  to.wordOrNull(KEYS.network, c.network);
  to.strings(KEYS.cnameTargets, c.cname_targets);
  to.strings(KEYS.techniques, c.techniques);
}

function writeHandshake(to: JsonLine, c: ConnectionRecord): void {
  const hasNone = c.tls_version === null && c.alpn === null && c.quic_version === null && c.cert_names.length === 0;
  if (hasNone && c.ja3 === null && c.ja4 === null) {
    to.raw(NO_HANDSHAKE);
    return;
  }
  to.wordOrNull(KEYS.tlsVersion, c.tls_version);
  to.wordOrNull(KEYS.alpn, c.alpn);
  to.wordOrNull(KEYS.quicVersion, c.quic_version);
  to.stringOrNull(KEYS.ja3, c.ja3);
  to.wordOrNull(KEYS.ja4, c.ja4);
  to.strings(KEYS.certNames, c.cert_names);
}

function writeVerdict(to: JsonLine, c: ConnectionRecord): void {
  if (!c.blocked && c.blocked_by === null && c.blocked_at_packet === null) {
    to.raw(NOT_BLOCKED);
    return;
  }
  to.boolean(KEYS.blocked, c.blocked);
  to.wordOrNull(KEYS.blockedBy, c.blocked_by);
  to.numberOrNull(KEYS.blockedAtPacket, c.blocked_at_packet);
}

function writeQuality(to: JsonLine, c: ConnectionRecord): void {
  to.wordOrNull(KEYS.tcpOutcome, c.tcp_outcome);
  to.wordOrNull(KEYS.resetBy, c.reset_by);
  to.millisecondsOrNull(KEYS.rttMs, c.rtt_ms);
  to.millisecondsOrNull(KEYS.rttServerMs, c.rtt_server_ms);
  to.millisecondsOrNull(KEYS.rttClientMs, c.rtt_client_ms);
  to.millisecondsOrNull(KEYS.answerMs, c.answer_ms);
  to.numberOrNull(KEYS.retransmittedPackets, c.retransmitted_packets);
  to.numberOrNull(KEYS.retransmittedBytes, c.retransmitted_bytes);
  to.numberOrNull(KEYS.outOfOrderPackets, c.out_of_order_packets);
  to.numberOrNull(KEYS.lostSegments, c.lost_segments);
  to.numberOrNull(KEYS.duplicateAcks, c.duplicate_acks);
  to.numberOrNull(KEYS.zeroWindows, c.zero_windows);
}

function writeServerChoice(to: JsonLine, c: ConnectionRecord): void {
  const isBare = c.tls_cipher === null && c.tls_group === null && c.is_post_quantum === null && c.cert_issuer === null;
  const hasCertificate = c.cert_not_before !== null || c.cert_not_after !== null || c.is_cert_self_signed !== null;
  const isChecked = c.is_cert_expired !== null || c.is_cert_name_mismatch !== null;
  if (isBare && !hasCertificate && !isChecked && c.tls_alerts.length === 0 && !c.is_handshake_failed) {
    to.raw(NO_SERVER_CHOICE);
    return;
  }
  to.wordOrNull(KEYS.tlsCipher, c.tls_cipher);
  to.wordOrNull(KEYS.tlsGroup, c.tls_group);
  to.booleanOrNull(KEYS.isPostQuantum, c.is_post_quantum);
  to.stringOrNull(KEYS.certIssuer, c.cert_issuer);
  to.numberOrNull(KEYS.certNotBefore, c.cert_not_before);
  to.numberOrNull(KEYS.certNotAfter, c.cert_not_after);
  to.booleanOrNull(KEYS.isCertSelfSigned, c.is_cert_self_signed);
  to.booleanOrNull(KEYS.isCertExpired, c.is_cert_expired);
  to.booleanOrNull(KEYS.isCertNameMismatch, c.is_cert_name_mismatch);
  to.strings(KEYS.tlsAlerts, c.tls_alerts);
  to.boolean(KEYS.isHandshakeFailed, c.is_handshake_failed);
}

/** The same for a connection with a text that needs escapes. */
function escapedMembersJson(c: ConnectionRecord): string {
  return jsonText(c).slice(1, -1);
}
