import { copyBytes, u16, u24 } from '../../common/bytes.js';
import type { Coverage } from '../coverage.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type Inspector,
  type InspectStatus,
  MALFORMED,
  NEED_MORE,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import {
  ClientHello,
  HELLO_BROKEN,
  HELLO_WHOLE,
  MAX_CLIENT_HELLO_LEN,
  MIN_CLIENT_HELLO_LEN,
  parseClientHello,
} from './client-hello.js';
import { reportHello } from './hello-finding.js';
import { inspectSsl2Hello } from './ssl2-hello.js';

/** TLS record header (RFC 8446 §5.1). */
const TYPE = 0;
const VERSION_MAJOR = 1;
const VERSION_MINOR = 2;
const LENGTH = 3;
const RECORD_HEADER_LEN = 5;

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
/** RFC 5246 §6.2.3: 2^14 and 2,048 for the expansion by encryption. */
const MAX_RECORD_LEN = 16_384 + 2_048;

/** Handshake header (RFC 8446 §4): type, then 24 bits of length. */
const HANDSHAKE_HEADER_LEN = 4;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
/** Offsets from the record's start, where the message begins with it. */
const BODY = RECORD_HEADER_LEN + HANDSHAKE_HEADER_LEN;
const BODY_SESSION_ID_LEN = BODY + 34;

/**
 * Empty handshake records that are read over before a message: RFC 8446 §5.1 forbids them. Lenient: OpenSSL takes up to
 * 32 in a row.
 */
const MAX_EMPTY_RECORDS = 32;
/** Longest ClientHello that is believed: OpenSSL takes 131,396 bytes. Of one over 64 KiB the beginning is read. */
const MAX_DECLARED_LEN = 1 << 18;
/** While the name of an oversized hello is looked for, the next look waits for so many times the bytes. */
const GROWTH = 2;

/** Reused by each call: calls don't nest, and `finding.hello` is valid until the next one. */
const hello = new ClientHello();
/** A handshake message that spans records is put together here; like `hello`, valid until the next call. */
const scratch = Buffer.allocUnsafeSlow(HANDSHAKE_HEADER_LEN + MAX_CLIENT_HELLO_LEN);

/** TLS over TCP, told by its records: the ClientHello names the host, any other record only the protocol. */
export const tlsInspector: Inspector = {
  name: 'tls',
  ipProto: 6,
  firstBytes: [CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, 0x80, 0x81],
  ports: [443, 8443, 853, 993, 995, 465, 636, 989, 990, 992, 994, 5061, 5223, 8883],
  // The longest hello, and the headers of the records it may be spread over.
  maxBufferedLen: scratch.length + 4_096,
  continues: false,
  readsOverHoles: true,
  inspect,
};

function inspect(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (start >= end) return NOT_MINE;
  if (context.coverage !== null) return inspectOverHoles(buf, start, end, context.coverage, finding);
  const messageStart = behindEmptyRecords(buf, start, end);
  if (messageStart >= end) return more(finding, messageStart - start + 1, context, NOT_MINE);
  const status = inspectMessage(buf, messageStart, end, context, finding);
  if (status === NEED_MORE) finding.neededLen += messageStart - start;
  return status;
}

function inspectMessage(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const type = buf[start + TYPE]!;
  if (type >= 0x80) return inspectSsl2Hello(buf, start, end, context, finding);
  if (!isRecordStart(buf, start, end) && !isHelloOfOddVersion(buf, start, end)) return NOT_MINE;
  if (end - start <= RECORD_HEADER_LEN) return more(finding, RECORD_HEADER_LEN + 1, context, NOT_MINE);

  if (type === HANDSHAKE) {
    const message = buf[start + RECORD_HEADER_LEN]!;
    if (message === CLIENT_HELLO) return inspectClientHello(buf, start, end, context, finding);
    if (message === SERVER_HELLO) return inspectServerHello(buf, start, end, context, finding);
  }
  return inspectRecords(buf, start, end, context, finding);
}

/** Offset of the first record that is no empty handshake record. */
function behindEmptyRecords(buf: Buffer, start: number, end: number): number {
  let at = start;
  for (let i = 0; i < MAX_EMPTY_RECORDS && end - at >= RECORD_HEADER_LEN && isEmptyRecord(buf, at); i++) {
    at += RECORD_HEADER_LEN;
  }
  return at;
}

function isEmptyRecord(buf: Buffer, at: number): boolean {
  return buf[at + TYPE] === HANDSHAKE && buf[at + VERSION_MAJOR] === 3 && u16(buf, at + LENGTH) === 0;
}

/** Judges as much of a record header as lies before `end`. */
function isRecordStart(buf: Buffer, start: number, end: number): boolean {
  const type = buf[start + TYPE]!;
  if (type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA) return false;
  if (end - start > VERSION_MAJOR && buf[start + VERSION_MAJOR] !== 3) return false;
  if (end - start > VERSION_MINOR && buf[start + VERSION_MINOR]! > 4) return false;
  if (end - start < RECORD_HEADER_LEN) return true;
  const len = u16(buf, start + LENGTH);
  return len > 0 && len <= MAX_RECORD_LEN;
}

/**
 * True for a handshake record of a version that does not exist: servers must ignore it (RFC 8446 §5.1). As long as the
 * message in it is a ClientHello as far as it goes.
 */
function isHelloOfOddVersion(buf: Buffer, start: number, end: number): boolean {
  if (buf[start + TYPE] !== HANDSHAKE) return false;
  const len = end - start;
  if (len <= RECORD_HEADER_LEN) return len <= VERSION_MAJOR || buf[start + VERSION_MAJOR] === 3;
  if (u16(buf, start + LENGTH) === 0 || u16(buf, start + LENGTH) > MAX_RECORD_LEN) return false;
  if (buf[start + RECORD_HEADER_LEN] !== CLIENT_HELLO) return false;
  // The major version is 3 in all that servers are known to take, unless the message behind it leaves no doubt.
  return buf[start + VERSION_MAJOR] === 3 || (len > BODY_SESSION_ID_LEN && buf[start + BODY] === 3);
}

/** Asks for `neededLen` bytes; when none will come, answers `otherwise`. */
function more(finding: Finding, neededLen: number, context: InspectContext, otherwise: InspectStatus): InspectStatus {
  if (context.final) return otherwise;
  finding.neededLen = neededLen;
  return NEED_MORE;
}

function inspectClientHello(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const recordLen = u16(buf, start + LENGTH);
  if (recordLen < HANDSHAKE_HEADER_LEN) return inspectSplitHello(buf, start, end, context, finding);
  if (end - start < BODY) return more(finding, BODY, context, NOT_MINE);

  const bodyLen = u24(buf, start + RECORD_HEADER_LEN + 1);
  if (bodyLen < MIN_CLIENT_HELLO_LEN || bodyLen > MAX_DECLARED_LEN) return NOT_MINE;
  // What follows the handshake header tells more, where it is in this record.
  const dataEnd = Math.min(end, start + RECORD_HEADER_LEN + recordLen);
  if (dataEnd > start + BODY && buf[start + BODY] !== 3) return NOT_MINE;
  if (dataEnd > start + BODY_SESSION_ID_LEN && buf[start + BODY_SESSION_ID_LEN]! > 32) return NOT_MINE;
  if (HANDSHAKE_HEADER_LEN + bodyLen > recordLen) return inspectSplitHello(buf, start, end, context, finding);

  // The common case: the whole message in one record, read where it lies.
  const bodyEnd = start + BODY + bodyLen;
  if (bodyEnd > end && !context.final) return more(finding, bodyEnd - start, context, NOT_MINE);
  return report(buf, start + BODY, Math.min(bodyEnd, end), finding);
}

/** A ClientHello in one record that lost a part: the name may lie before the hole or behind it. */
function inspectOverHoles(
  buf: Buffer,
  start: number,
  end: number,
  coverage: Coverage,
  finding: Finding,
): InspectStatus {
  if (end - start < BODY || !coverage.has(start, start + BODY) || !isRecordStart(buf, start, end)) return NOT_MINE;
  if (buf[start + TYPE] !== HANDSHAKE || buf[start + RECORD_HEADER_LEN] !== CLIENT_HELLO) return NOT_MINE;
  const bodyLen = u24(buf, start + RECORD_HEADER_LEN + 1);
  if (bodyLen < MIN_CLIENT_HELLO_LEN || HANDSHAKE_HEADER_LEN + bodyLen > u16(buf, start + LENGTH)) return NOT_MINE;
  return report(buf, start + BODY, Math.min(start + BODY + bodyLen, end), finding, coverage);
}

function report(
  buf: Buffer,
  bodyStart: number,
  bodyEnd: number,
  finding: Finding,
  coverage: Coverage | null = null,
): InspectStatus {
  const status = parseClientHello(buf, bodyStart, bodyEnd, hello, false, coverage);
  finding.protocol = 'tls';
  finding.role = ROLE_CLIENT;
  if (status === HELLO_BROKEN && hello.serverNameStart < 0) return MALFORMED;
  reportHello(buf, hello, finding, status === HELLO_WHOLE && coverage === null);
  return FOUND;
}

/**
 * A ClientHello over several records (RFC 8446 §5.1): walks over their headers, and copies their contents together when
 * all are there. `neededLen` is the least that can complete the message were the rest in a single record, so that even
 * one-byte records cause few repetitions. One that is longer than any that is collected is read as far as it goes.
 */
function inspectSplitHello(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  let at = start;
  let got = 0;
  let messageLen = HANDSHAKE_HEADER_LEN;
  let missing = 0;
  let bodyLen = 0;
  while (got < messageLen) {
    if (end - at < RECORD_HEADER_LEN) {
      missing = RECORD_HEADER_LEN - (end - at) + messageLen - got;
      break;
    }
    // Another record type inside a handshake message: nothing more will come.
    if (buf[at + TYPE] !== HANDSHAKE || (buf[at + VERSION_MAJOR] !== 3 && at > start)) break;
    const recordLen = u16(buf, at + LENGTH);
    if (recordLen > MAX_RECORD_LEN) break;
    const from = at + RECORD_HEADER_LEN;
    const recordEnd = from + recordLen;
    const to = Math.min(recordEnd, end);
    // The handshake header gives the length, the byte behind it is a version.
    for (let i = from; i < to && got + i - from <= HANDSHAKE_HEADER_LEN; i++) {
      const place = got + i - from;
      if (place === HANDSHAKE_HEADER_LEN && buf[i] !== 3) return NOT_MINE;
      if (place > 0 && place < HANDSHAKE_HEADER_LEN) bodyLen = (bodyLen << 8) | buf[i]!;
    }
    got += to - from;
    if (messageLen === HANDSHAKE_HEADER_LEN && got >= HANDSHAKE_HEADER_LEN) {
      if (bodyLen < MIN_CLIENT_HELLO_LEN || bodyLen > MAX_DECLARED_LEN) return NOT_MINE;
      messageLen = HANDSHAKE_HEADER_LEN + bodyLen;
    }
    if (got < messageLen && recordEnd > end) {
      const nextHeader = messageLen - got > recordEnd - end ? RECORD_HEADER_LEN : 0;
      missing = messageLen - got + nextHeader;
      break;
    }
    at = recordEnd;
  }
  const isHuge = bodyLen > MAX_CLIENT_HELLO_LEN;
  if (missing > 0 && !context.final && !isHuge) return more(finding, end - start + missing, context, NOT_MINE);
  if (got <= HANDSHAKE_HEADER_LEN) return NOT_MINE;
  const len = copyContents(buf, start, end, Math.min(got, messageLen, scratch.length));
  const status = report(scratch, HANDSHAKE_HEADER_LEN, len, finding);
  if (!isHuge || finding.nameStart >= 0 || missing === 0 || end - start >= scratch.length) return status;
  return more(finding, Math.min((end - start) * GROWTH, scratch.length), context, status);
}

/** Copies the contents of the records in `buf[start, end)` to `scratch`, `len` bytes at most; returns how many. */
function copyContents(buf: Buffer, start: number, end: number, len: number): number {
  let got = 0;
  for (let at = start; got < len && end - at > RECORD_HEADER_LEN; ) {
    const from = at + RECORD_HEADER_LEN;
    const recordEnd = from + u16(buf, at + LENGTH);
    const to = Math.min(recordEnd, end, from + len - got);
    copyBytes(buf, from, to, scratch, got);
    got += to - from;
    at = recordEnd;
  }
  return got;
}

/** The other direction's first message: proves the protocol, names nothing (RFC 8446 §4.1.3). */
function inspectServerHello(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const neededLen = BODY + 2;
  if (end - start < neededLen) return more(finding, neededLen, context, NOT_MINE);
  const bodyLen = u24(buf, start + RECORD_HEADER_LEN + 1);
  if (bodyLen < 38 || bodyLen > MAX_CLIENT_HELLO_LEN || buf[start + BODY] !== 3) return NOT_MINE;
  if (end - start > BODY_SESSION_ID_LEN && buf[start + BODY_SESSION_ID_LEN]! > 32) return NOT_MINE;
  finding.protocol = 'tls';
  finding.role = ROLE_SERVER;
  return FOUND;
}

/**
 * Any other record, from the middle of a connection: believed when it is followed by another record header of the same
 * version, or ends where the bytes end.
 */
function inspectRecords(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const type = buf[start + TYPE]!;
  const len = u16(buf, start + LENGTH);
  if (buf[start + VERSION_MINOR]! < 1) return NOT_MINE;
  if (type === CHANGE_CIPHER_SPEC && (len !== 1 || buf[start + RECORD_HEADER_LEN] !== 1)) return NOT_MINE;
  if (type === ALERT && !isAlert(len, buf[start + RECORD_HEADER_LEN]!)) return NOT_MINE;

  const next = start + RECORD_HEADER_LEN + len;
  if (next > end) {
    if (!context.final) return more(finding, next - start, context, NOT_MINE);
    finding.confidence = CONFIDENCE_LIKELY;
  } else if (next < end) {
    if (!isRecordStart(buf, next, end)) return NOT_MINE;
    if (end - next > VERSION_MINOR && buf[next + VERSION_MINOR] !== buf[start + VERSION_MINOR]) return NOT_MINE;
  }
  finding.protocol = 'tls';
  return FOUND;
}

/** In clear an alert is a level (1 or 2) and a description (RFC 8446 §6); encryption adds 16 bytes and more. */
function isAlert(recordLen: number, level: number): boolean {
  return recordLen === 2 ? level === 1 || level === 2 : recordLen > 16;
}
