import { u24, u32 } from '../../common/bytes.js';
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
import { ClientHello, HELLO_BROKEN, HELLO_WHOLE, MAX_CLIENT_HELLO_LEN, parseClientHello } from '../tls/client-hello.js';
import { reportHello } from '../tls/hello-finding.js';
import {
  CHLO_CUT,
  CHLO_NONE,
  googleFramesStart,
  googlePublicHeaderVersion,
  isGoogleQ046,
  readChlo,
  readGoogleFrames,
} from './google-hello.js';
import type { InitialCipher } from './initial-cipher.js';
import { cryptoEnd, cryptoOffset, cryptoStart, FRAMES_BAD, readInitialFrames } from './initial-frames.js';
import { InitialKeys } from './initial-keys.js';
import { unprotectInitial } from './initial-packet.js';
import { isLongHeader, isVersionNegotiation, LongHeader, readLongHeader } from './long-header.js';
import { acquireState, QuicState, releaseState } from './quic-state.js';
import { GOOGLE_Q046, INITIAL, RETRY } from './versions.js';

/** Handshake header in the CRYPTO stream (RFC 8446 §4). */
const HANDSHAKE_HEADER_LEN = 4;
const CLIENT_HELLO = 1;
/** Coalesced packets looked at in one datagram. */
const MAX_PACKETS = 16;

/**
 * Reused by each call: calls don't nest, and nothing in them survives one, except that `finding.hello` is valid until
 * the next.
 */
const header = new LongHeader();
const hello = new ClientHello();
const candidateKeys = new InitialKeys();

/**
 * QUIC over UDP: opens the client's Initial packets, which any observer can (RFC 9001 §5), and reads the
 * ClientHello that their CRYPTO frames carry. NEED_MORE while that is incomplete, with state in the context.
 */
export const quicInspector: Inspector = {
  name: 'quic',
  ipProto: 17,
  firstBytes: firstBytes(),
  ports: [443, 80, 8443, 784, 853, 4433],
  maxBufferedLen: 0,
  continues: false,
  end,
  inspect,
};

/** Long headers, and Google's public header with version and connection id. */
function firstBytes(): number[] {
  const bytes = [0x09, 0x0d, 0x19, 0x1d, 0x29, 0x2d, 0x39, 0x3d];
  for (let byte = 0x80; byte <= 0xff; byte++) bytes.push(byte);
  return bytes;
}

function end(state: unknown): void {
  if (state instanceof QuicState) releaseState(state);
}

function inspect(buf: Buffer, start: number, limit: number, context: InspectContext, finding: Finding): InspectStatus {
  const known = context.state instanceof QuicState ? context.state : null;
  // The cheap refusal: most UDP payloads end here.
  if (known === null && !looksLikeQuic(buf, start, limit)) return NOT_MINE;

  const state = known ?? acquireState();
  const changesBefore = state.crypto.changes;
  if (start < limit) {
    if (isGoogleQ046(buf, start, limit)) readUnprotected(buf, start, limit, GOOGLE_Q046, context, state);
    else if (isLongHeader(buf[start]!)) readPackets(buf, start, limit, context, state);
    else {
      const version = googlePublicHeaderVersion(buf, start, limit);
      if (version !== 0) readUnprotected(buf, start, limit, version, context, state);
    }
  }
  if (state.crypto.changes !== changesBefore) state.usedPacket = context.packetNumber;
  else if (context.final && state.usedPacket !== 0) context.packetNumber = state.usedPacket;
  const status = judge(state, context.final, finding);
  if (state.clientDirection >= 0) {
    finding.role = state.clientDirection === context.direction ? ROLE_CLIENT : ROLE_SERVER;
  }
  // A state that was handed out is the engine's to end, even when this call is the last.
  if (known === null) {
    if (status === NEED_MORE) context.state = state;
    else releaseState(state);
  }
  return status;
}

function looksLikeQuic(buf: Buffer, start: number, limit: number): boolean {
  if (start >= limit) return false;
  if (!isLongHeader(buf[start]!)) return googlePublicHeaderVersion(buf, start, limit) !== 0;
  return (
    readLongHeader(buf, start, limit, header) ||
    isVersionNegotiation(buf, start, limit) ||
    isGoogleQ046(buf, start, limit)
  );
}

/** Walks the coalesced packets of a datagram (RFC 9000 §12.2). */
function readPackets(buf: Buffer, start: number, limit: number, context: InspectContext, state: QuicState): void {
  if (isVersionNegotiation(buf, start, limit)) {
    state.isCertain = true;
    return;
  }
  let at = start;
  for (let i = 0; i < MAX_PACKETS && at < limit; i++) {
    if (!readLongHeader(buf, at, limit, header)) return;
    if (header.traits!.isRegistered) state.isCertain = true;
    if (state.clientDirection < 0 || state.clientDirection === context.direction) state.version = header.version;
    if (header.type === RETRY) return;
    if (header.type === INITIAL) readInitial(buf, limit, context, state);
    at = header.packetEnd;
  }
}

/**
 * Opens an Initial with the connection's keys, or else with keys from its own destination connection id: those are
 * right for the client's first packet, and for its next one after a Retry (RFC 9001 §5.2). What stays closed is the
 * server's.
 */
function readInitial(buf: Buffer, limit: number, context: InspectContext, state: QuicState): void {
  if (state.clientDirection >= 0 && state.clientDirection !== context.direction) return;
  const cipher = context.initialCipher;
  if (state.hasKeys && readCrypto(buf, limit, cipher, state.keys, state)) return;

  const { version, destinationIdStart, destinationIdEnd } = header;
  if (state.isKeyedFor(version, buf, destinationIdStart, destinationIdEnd)) return;
  // A client chooses at least eight bytes (RFC 9000 §7.2); an empty id is a client's that a server writes to.
  if (destinationIdEnd === destinationIdStart) return;
  const { schedules } = header.traits!;
  for (let i = 0; i < schedules.length; i++) {
    cipher.deriveKeys(schedules[i]!, buf, destinationIdStart, destinationIdEnd, candidateKeys);
    if (openedByNewKeys(buf, limit, cipher, state)) {
      state.setKeys(candidateKeys, version, buf, destinationIdStart, destinationIdEnd);
      state.clientDirection = context.direction;
      state.version = version;
      state.isCertain = true;
      return;
    }
  }
}

function openedByNewKeys(buf: Buffer, limit: number, cipher: InitialCipher, state: QuicState): boolean {
  const payload = unprotectInitial(buf, header, limit, candidateKeys, cipher);
  if (payload === null) return false;
  const count = readInitialFrames(payload, header.packetEnd > limit, header.traits!.googleFrames);
  if (count === FRAMES_BAD) return false;
  // After a Retry, which the token tells, the client repeats the same hello (RFC 9000 §17.2.5.2); without one, new keys
  // mean a new connection between the same ports.
  if (state.hasKeys && header.tokenLen === 0) state.crypto.clear();
  collect(payload, count, state);
  return true;
}

function readCrypto(buf: Buffer, limit: number, cipher: InitialCipher, keys: InitialKeys, state: QuicState): boolean {
  const payload = unprotectInitial(buf, header, limit, keys, cipher);
  if (payload === null) return false;
  const count = readInitialFrames(payload, header.packetEnd > limit, header.traits!.googleFrames);
  if (count === FRAMES_BAD) return false;
  collect(payload, count, state);
  return true;
}

function collect(payload: Buffer, count: number, state: QuicState): void {
  for (let i = 0; i < count; i++) state.crypto.add(cryptoOffset[i]!, payload, cryptoStart[i]!, cryptoEnd[i]!);
}

/** Google's packets from before packet protection. */
function readUnprotected(
  buf: Buffer,
  start: number,
  limit: number,
  version: number,
  context: InspectContext,
  state: QuicState,
): void {
  const framesStart = googleFramesStart(buf, start, version);
  if (!readGoogleFrames(buf, framesStart, limit, version, state.crypto)) return;
  state.isCertain = true;
  state.version = version;
  if (state.clientDirection < 0 && !state.crypto.isEmpty) state.clientDirection = context.direction;
}

/** Says what the CRYPTO stream shows so far. */
function judge(state: QuicState, final: boolean, finding: Finding): InspectStatus {
  const { crypto } = state;
  finding.protocol = 'quic';
  finding.quicVersion = state.version;
  const len = crypto.contiguousLen;
  if (len === 0) return unfinished(state, final);
  if (crypto.buf[0] !== CLIENT_HELLO) return judgeChlo(state, len, final, finding);
  if (len < HANDSHAKE_HEADER_LEN) return unfinished(state, final);

  const messageLen = HANDSHAKE_HEADER_LEN + u24(crypto.buf, 1);
  if (messageLen > HANDSHAKE_HEADER_LEN + MAX_CLIENT_HELLO_LEN) return MALFORMED;
  if (len < messageLen && !final) return NEED_MORE;
  // At the end the name may lie behind a piece that never came.
  const isWhole = len >= messageLen;
  const end = Math.min(isWhole ? len : crypto.endOffset, messageLen);
  const status = parseClientHello(crypto.buf, HANDSHAKE_HEADER_LEN, end, hello, false, isWhole ? null : crypto);
  if (status === HELLO_BROKEN) return MALFORMED;
  reportHello(crypto.buf, hello, finding, status === HELLO_WHOLE && isWhole);
  return FOUND;
}

function judgeChlo(state: QuicState, len: number, final: boolean, finding: Finding): InspectStatus {
  if (len >= 4 && u32(state.crypto.buf, 0) !== 0x43484c4f) return MALFORMED;
  const status = readChlo(state.crypto.buf, len, finding);
  if (status === CHLO_CUT) return unfinished(state, final);
  return status === CHLO_NONE ? MALFORMED : FOUND;
}

function unfinished(state: QuicState, final: boolean): InspectStatus {
  if (!final) return state.isCertain || state.version !== 0 ? NEED_MORE : NOT_MINE;
  return state.isCertain ? FOUND : NOT_MINE;
}
