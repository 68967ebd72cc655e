import type { ConnectionRecord } from '../core/report/model.js';
import { ascii, type Fragment, JsonLine } from './json-line.js';
import type { WriteBytes, WriteText } from './report-format.js';
import { jsonText } from './safe-text.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PLAIN = 0x20;
const LAST_PLAIN = 0x7e;
const ZEROS = '000000';

/**
 * The inside of the braces of a connection as one line of JSON, the keys in the order of `ConnectionRecord`. By hand,
 * since a report may hold a million of them: only strings that need escapes go through `JSON.stringify`.
 */
export function connectionMembersJson(c: ConnectionRecord): string {
  single.begin();
  writeMembers(single, c);
  return single.failed ? escapedMembersJson(c) : single.text();
}

const single = new JsonLine();

/** What stands before and behind the members of `connectionMembersJson` in a line: printable ASCII or line feeds. */
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

/**
 * Bytes of lines that are handed on together: less than the buffer of an output holds, or each would get one of its
 * own.
 */
const PIECE_LEN = 1 << 15;

/**
 * Writes the lines of connections: as bytes where somebody takes them, many lines at once, for strings cost twice as
 * much. `flush` comes before anything else is written.
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

  /** Hands on the lines that are still here. */
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
  appProtocol: ascii(',"app_protocol":'),
  domain: ascii(',"domain":'),
  domains: ascii(',"domains":'),
  app: ascii(',"app":'),
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
  blocked: ascii(',"blocked":'),
  blockedBy: ascii(',"blocked_by":'),
  blockedAtPacket: ascii(',"blocked_at_packet":'),
  passedPackets: ascii(',"passed_packets":'),
  passedBytes: ascii(',"passed_bytes":'),
};

/** What most connections have in common, keys and values in one piece. */
const NO_HANDSHAKE = ascii(',"tls_version":null,"alpn":null,"quic_version":null,"ja3":null,"ja4":null,"cert_names":[]');
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
  to.wordOrNull(KEYS.appProtocol, c.app_protocol);
  to.stringOrNull(KEYS.domain, c.domain);
  to.strings(KEYS.domains, c.domains);
  to.word(KEYS.app, c.app);
  to.wordOrNull(KEYS.detectedBy, c.detected_by);
  to.wordOrNull(KEYS.confidence, c.confidence);
  to.numberOrNull(KEYS.evidencePacket, c.evidence_packet);
  to.wordOrNull(KEYS.evidenceMatch, c.evidence_match);
  to.wordOrNull(KEYS.unknownReason, c.unknown_reason);
  to.boolean(KEYS.ech, c.ech);
  writeHandshake(to, c);
  writeVerdict(to, c);
  to.number(KEYS.passedPackets, c.passed_packets);
  to.number(KEYS.passedBytes, c.passed_bytes);
}

function writeHandshake(to: JsonLine, c: ConnectionRecord): void {
  const saidNothing = c.tls_version === null && c.alpn === null && c.quic_version === null && c.cert_names.length === 0;
  if (saidNothing && c.ja3 === null && c.ja4 === null) {
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

/** The same for a connection with a text that needs escapes. Addresses and the model's own words need none. */
function escapedMembersJson(c: ConnectionRecord): string {
  return (
    `"id":${c.id},"protocol":"${c.protocol}"` +
    `,"src_ip":"${c.src_ip}","src_port":${c.src_port},"dst_ip":"${c.dst_ip}","dst_port":${c.dst_port}` +
    `,"packets":${c.packets},"bytes":${c.bytes},"packets_out":${c.packets_out},"packets_in":${c.packets_in}` +
    `,"bytes_out":${c.bytes_out},"bytes_in":${c.bytes_in},"first_seen":${secondsText(c.first_seen)},"last_seen":${secondsText(c.last_seen)}` +
    `,"tcp_state":${word(c.tcp_state)},"app_protocol":${nullable(c.app_protocol)}` +
    `,"domain":${nullable(c.domain)},"domains":${list(c.domains)}` +
    `,"app":${quoted(c.app)},"detected_by":${word(c.detected_by)},"confidence":${word(c.confidence)}` +
    `,"evidence_packet":${c.evidence_packet},"evidence_match":${nullable(c.evidence_match)}` +
    `,"unknown_reason":${word(c.unknown_reason)},"ech":${c.ech}` +
    `,"tls_version":${word(c.tls_version)},"alpn":${nullable(c.alpn)},"quic_version":${word(c.quic_version)}` +
    `,"ja3":${word(c.ja3)},"ja4":${word(c.ja4)},"cert_names":${list(c.cert_names)}` +
    `,"blocked":${c.blocked},"blocked_by":${nullable(c.blocked_by)}` +
    `,"blocked_at_packet":${c.blocked_at_packet},"passed_packets":${c.passed_packets},"passed_bytes":${c.passed_bytes}`
  );
}

function word(text: string | null): string {
  return text === null ? 'null' : `"${text}"`;
}

/** As `String(seconds)`, but at half the price for a number of microseconds. */
function secondsText(seconds: number): string {
  const whole = Math.floor(seconds);
  const micros = Math.round((seconds - whole) * 1e6);
  if (micros === 0 || micros === 1e6 || whole < 1e8 || whole > 1e10 || (whole * 1e6 + micros) / 1e6 !== seconds) {
    return String(seconds);
  }
  let digits = micros;
  let places = 6;
  while (digits % 10 === 0) {
    digits /= 10;
    places--;
  }
  return `${whole}.${ZEROS.slice(0, places - digitCount(digits))}${digits}`;
}

function digitCount(n: number): number {
  if (n < 1000) return n < 10 ? 1 : n < 100 ? 2 : 3;
  return n < 10_000 ? 4 : n < 100_000 ? 5 : 6;
}

function nullable(text: string | null): string {
  return text === null ? 'null' : quoted(text);
}

function list(texts: readonly string[]): string {
  if (texts.length === 0) return '[]';
  let json = `[${quoted(texts[0]!)}`;
  for (let i = 1; i < texts.length; i++) json += `,${quoted(texts[i]!)}`;
  return `${json}]`;
}

function quoted(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < FIRST_PLAIN || code > LAST_PLAIN || code === QUOTE || code === BACKSLASH) return jsonText(text);
  }
  return `"${text}"`;
}
