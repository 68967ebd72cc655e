import type { ConnectionRecord } from '../core/report/model.js';
import { ascii, type Fragment, JsonLine } from './json-line.js';
import type { WriteBytes, WriteText } from './report-format.js';
import { jsonString } from './safe-text.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PLAIN = 0x20;
const LAST_PLAIN = 0x7e;
const ZEROS = '000000';

/**
 * The inside of the braces of a connection as one line of JSON, the keys in the order of `ConnectionRecord`. By hand, since
 * a report may hold a million of them: only strings that need escapes go through `JSON.stringify`.
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

/** Bytes of lines that are handed on together. */
const PIECE_LEN = 1 << 17;

/**
 * Writes the lines of connections: as bytes where somebody takes them, many lines at once, for strings cost twice as much.
 * `flush` comes before anything else is written.
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
  to.raw(KEYS.id);
  to.number(c.id);
  to.raw(KEYS.protocol);
  to.word(c.protocol);
  to.raw(KEYS.srcIp);
  to.string(c.src_ip);
  to.raw(KEYS.srcPort);
  to.number(c.src_port);
  to.raw(KEYS.dstIp);
  to.string(c.dst_ip);
  to.raw(KEYS.dstPort);
  to.number(c.dst_port);
  to.raw(KEYS.packets);
  to.number(c.packets);
  to.raw(KEYS.bytes);
  to.number(c.bytes);
  to.raw(KEYS.packetsOut);
  to.number(c.packets_out);
  to.raw(KEYS.packetsIn);
  to.number(c.packets_in);
  to.raw(KEYS.bytesOut);
  to.number(c.bytes_out);
  to.raw(KEYS.bytesIn);
  to.number(c.bytes_in);
  to.raw(KEYS.firstSeen);
  to.seconds(c.first_seen);
  to.raw(KEYS.lastSeen);
  to.seconds(c.last_seen);
  to.raw(KEYS.tcpState);
  to.wordOrNull(c.tcp_state);
  to.raw(KEYS.appProtocol);
  to.wordOrNull(c.app_protocol);
  to.raw(KEYS.domain);
  to.stringOrNull(c.domain);
  to.raw(KEYS.domains);
  to.strings(c.domains);
  to.raw(KEYS.app);
  to.word(c.app);
  to.raw(KEYS.detectedBy);
  to.wordOrNull(c.detected_by);
  to.raw(KEYS.confidence);
  to.wordOrNull(c.confidence);
  to.raw(KEYS.evidencePacket);
  to.numberOrNull(c.evidence_packet);
  to.raw(KEYS.evidenceMatch);
  to.wordOrNull(c.evidence_match);
  to.raw(KEYS.unknownReason);
  to.wordOrNull(c.unknown_reason);
  to.raw(KEYS.ech);
  to.boolean(c.ech);
  writeHandshake(to, c);
  writeVerdict(to, c);
  to.raw(KEYS.passedPackets);
  to.number(c.passed_packets);
  to.raw(KEYS.passedBytes);
  to.number(c.passed_bytes);
}

function writeHandshake(to: JsonLine, c: ConnectionRecord): void {
  const saidNothing = c.tls_version === null && c.alpn === null && c.quic_version === null && c.cert_names.length === 0;
  if (saidNothing && c.ja3 === null && c.ja4 === null) {
    to.raw(NO_HANDSHAKE);
    return;
  }
  to.raw(KEYS.tlsVersion);
  to.wordOrNull(c.tls_version);
  to.raw(KEYS.alpn);
  to.wordOrNull(c.alpn);
  to.raw(KEYS.quicVersion);
  to.wordOrNull(c.quic_version);
  to.raw(KEYS.ja3);
  to.stringOrNull(c.ja3);
  to.raw(KEYS.ja4);
  to.wordOrNull(c.ja4);
  to.raw(KEYS.certNames);
  to.strings(c.cert_names);
}

function writeVerdict(to: JsonLine, c: ConnectionRecord): void {
  if (!c.blocked && c.blocked_by === null && c.blocked_at_packet === null) {
    to.raw(NOT_BLOCKED);
    return;
  }
  to.raw(KEYS.blocked);
  to.boolean(c.blocked);
  to.raw(KEYS.blockedBy);
  to.wordOrNull(c.blocked_by);
  to.raw(KEYS.blockedAtPacket);
  to.numberOrNull(c.blocked_at_packet);
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
  let json = `[${quoted(texts[0])}`;
  for (let i = 1; i < texts.length; i++) json += `,${quoted(texts[i])}`;
  return `${json}]`;
}

function quoted(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < FIRST_PLAIN || code > LAST_PLAIN || code === QUOTE || code === BACKSLASH) return jsonString(text);
  }
  return `"${text}"`;
}
