import { u16, u24 } from '../../common/bytes.js';
import type { Coverage } from '../coverage.js';
import {
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
import { ClientHello, HELLO_BROKEN, HELLO_WHOLE, MAX_CLIENT_HELLO_LEN, parseClientHello } from './client-hello.js';
import { HelloAssembly } from './hello-assembly.js';
import { reportHello } from './hello-finding.js';

/** DTLS record header in clear (RFC 6347 §4.1; DTLS 1.3 keeps it for epoch 0, RFC 9147 §4). */
const TYPE = 0;
const VERSION = 1;
const EPOCH = 3;
const LENGTH = 11;
const RECORD_HEADER_LEN = 13;
const MAX_RECORD_LEN = 16_384 + 2_048;

const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;

/** Handshake header with the fragment's place in the message (RFC 6347 §4.2.2). */
const MESSAGE_TYPE = 0;
const MESSAGE_LENGTH = 1;
const MESSAGE_SEQ = 4;
const FRAGMENT_OFFSET = 6;
const FRAGMENT_LENGTH = 9;
const HANDSHAKE_HEADER_LEN = 12;

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const HELLO_VERIFY_REQUEST = 3;
/** legacy version, random, empty session id and cookie, one cipher suite, one compression method. */
const MIN_HELLO_LEN = 42;
const MAX_POOLED = 16;

/** A ClientHello whose fragments come in several records. */
class DtlsState {
  messageSeq = -1;
  messageLen = 0;
  /** Of the fragments. */
  direction = 0;
  readonly assembly = new HelloAssembly();
  /** The packet that brought its newest byte. */
  usedPacket = 0;
}

/** Spare states of all connections of this thread; no connection refers to one of them. */
const pool: DtlsState[] = [];
/** Reused by each call: calls don't nest, and `finding.hello` is valid until the next one. */
const hello = new ClientHello();

/** What a datagram's records amount to. */
const SAW_NOTHING = 0;
const SAW_RECORD = 1;
const SAW_VERIFY_REQUEST = 2;
const SAW_FRAGMENT = 3;
const SAW_HELLO = 4;
const SAW_BAD_HELLO = 5;

/** DTLS over UDP, told by its records: the ClientHello names the host where it names one at all. */
export const dtlsInspector: Inspector = {
  name: 'dtls',
  ipProto: 17,
  firstBytes: [CHANGE_CIPHER_SPEC, 21, HANDSHAKE, APPLICATION_DATA],
  ports: [443, 853, 4433, 5349, 5684],
  maxBufferedLen: 0,
  continues: false,
  readsHellos: true,
  end,
  inspect,
};

function end(state: unknown): void {
  if (state instanceof DtlsState && pool.length < MAX_POOLED) pool.push(state);
}

function inspect(buf: Buffer, start: number, limit: number, context: InspectContext, finding: Finding): InspectStatus {
  const seen = readRecords(buf, start, limit, context, finding);
  const state = context.state instanceof DtlsState ? context.state : null;
  if (seen !== SAW_NOTHING || state !== null) finding.protocol = 'dtls';
  if (seen === SAW_HELLO) {
    finding.role = ROLE_CLIENT;
    return FOUND;
  }
  if (seen === SAW_BAD_HELLO) return MALFORMED;
  if (state !== null && state.messageSeq >= 0) return context.final ? reportCut(state, context, finding) : NEED_MORE;
  if (seen === SAW_NOTHING) return NOT_MINE;
  // The client is about to repeat its hello with the server's cookie.
  return seen === SAW_VERIFY_REQUEST && !context.final ? NEED_MORE : FOUND;
}

function readRecords(buf: Buffer, start: number, limit: number, context: InspectContext, finding: Finding): number {
  let seen = SAW_NOTHING;
  let at = start;
  while (limit - at >= RECORD_HEADER_LEN && isRecordHeader(buf, at)) {
    const dataStart = at + RECORD_HEADER_LEN;
    const recordEnd = dataStart + u16(buf, at + LENGTH);
    const isClearHandshake = buf[at + TYPE] === HANDSHAKE && u16(buf, at + EPOCH) === 0;
    if (isClearHandshake) {
      const what = readFragments(buf, dataStart, Math.min(recordEnd, limit), context, finding);
      if (what === SAW_NOTHING) return SAW_NOTHING;
      if (what >= SAW_HELLO) return what;
      if (what > seen) seen = what;
    } else if (recordEnd > limit) {
      // Nothing but the length speaks for such a record, and that one is wrong.
      return seen;
    } else if (seen < SAW_RECORD) {
      seen = SAW_RECORD;
    }
    at = recordEnd;
  }
  // Records fill their datagram: what follows them must have been one.
  return at >= limit || seen > SAW_RECORD ? seen : SAW_NOTHING;
}

function isRecordHeader(buf: Buffer, at: number): boolean {
  const type = buf[at + TYPE]!;
  if (type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA) return false;
  const version = u16(buf, at + VERSION);
  if (version !== 0xfeff && version !== 0xfefd && version !== 0x0100) return false;
  const len = u16(buf, at + LENGTH);
  return len > 0 && len <= MAX_RECORD_LEN;
}

/** Reads the handshake fragments of one record. */
function readFragments(buf: Buffer, start: number, limit: number, context: InspectContext, finding: Finding): number {
  let seen = SAW_NOTHING;
  let at = start;
  while (limit - at >= HANDSHAKE_HEADER_LEN) {
    const type = buf[at + MESSAGE_TYPE]!;
    const messageLen = u24(buf, at + MESSAGE_LENGTH);
    const offset = u24(buf, at + FRAGMENT_OFFSET);
    const len = u24(buf, at + FRAGMENT_LENGTH);
    // Handshake types end at 25 (RFC 8446 §4) but for message_hash.
    if (type > 25 || messageLen > MAX_CLIENT_HELLO_LEN || offset + len > messageLen) return seen;
    const dataStart = at + HANDSHAKE_HEADER_LEN;
    const dataEnd = dataStart + len;
    if (type === CLIENT_HELLO) {
      if (messageLen < MIN_HELLO_LEN) return SAW_NOTHING;
      if (len === messageLen && dataEnd <= limit) return report(buf, dataStart, dataEnd, finding);
      const state = stateOf(context, u16(buf, at + MESSAGE_SEQ), messageLen);
      const { changes } = state.assembly;
      state.assembly.add(offset, buf, dataStart, Math.min(dataEnd, limit));
      if (state.assembly.changes !== changes) state.usedPacket = context.packetNumber;
      if (state.assembly.contiguousLen >= messageLen) return report(state.assembly.buf, 0, messageLen, finding);
      seen = SAW_FRAGMENT;
    } else if (seen < SAW_VERIFY_REQUEST) {
      seen = type === HELLO_VERIFY_REQUEST ? SAW_VERIFY_REQUEST : SAW_RECORD;
      if (type === HELLO_VERIFY_REQUEST || type === SERVER_HELLO) finding.role = ROLE_SERVER;
    }
    at = dataEnd;
  }
  return seen;
}

/** The connection's state, emptied when a hello of another number or length begins: the one repeated with a cookie. */
function stateOf(context: InspectContext, messageSeq: number, messageLen: number): DtlsState {
  let state = context.state instanceof DtlsState ? context.state : null;
  if (state === null) {
    state = pool.pop() ?? new DtlsState();
    state.messageSeq = -1;
    context.state = state;
  }
  if (state.messageSeq !== messageSeq || state.messageLen !== messageLen) {
    state.messageSeq = messageSeq;
    state.messageLen = messageLen;
    state.direction = context.direction;
    state.usedPacket = 0;
    state.assembly.clear();
  }
  return state;
}

function report(buf: Buffer, start: number, limit: number, finding: Finding, coverage: Coverage | null = null): number {
  const status = parseClientHello(buf, start, limit, hello, true, coverage);
  if (status === HELLO_BROKEN) return SAW_BAD_HELLO;
  reportHello(buf, hello, finding, status === HELLO_WHOLE && coverage === null);
  return SAW_HELLO;
}

/** No more fragments will come: what there is of the hello, over fragments that are missing. */
function reportCut(state: DtlsState, context: InspectContext, finding: Finding): InspectStatus {
  finding.role = state.direction === context.direction ? ROLE_CLIENT : ROLE_SERVER;
  const { assembly } = state;
  if (state.usedPacket !== 0) context.packetNumber = state.usedPacket;
  if (assembly.contiguousLen === 0) return FOUND;
  const end = Math.min(assembly.endOffset, state.messageLen);
  const coverage = assembly.contiguousLen >= end ? null : assembly;
  return report(assembly.buf, 0, end, finding, coverage) === SAW_BAD_HELLO ? MALFORMED : FOUND;
}
