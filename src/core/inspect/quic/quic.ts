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
import { ClientHello, HELLO_BROKEN, HELLO_WHOLE, parseClientHello } from '../tls/client-hello.js';
import { type HelloAssembly, MAX_ASSEMBLY_LEN } from '../tls/hello-assembly.js';
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
import { cryptoEnd, cryptoOffset, cryptoStart, FRAMES_BAD, readInitialFrames } from './initial-frames.js';
import { InitialKeys } from './initial-keys.js';
import { unprotectInitial } from './initial-packet.js';
import { isLongHeader, isVersionNegotiation, LongHeader, readLongHeader } from './long-header.js';
import { acquireState, type InitialStream, QuicState, releaseState } from './quic-state.js';
import { GOOGLE_Q046, INITIAL, RETRY } from './versions.js';

/** Handshake header in the CRYPTO stream (RFC 8446 §4). */
const HANDSHAKE_HEADER_LEN = 4;
const CLIENT_HELLO = 1;
/** Coalesced packets looked at in one datagram. */
const MAX_PACKETS = 16;
/** Key schedules that a version may have. */
const MAX_SCHEDULES = 2;

/**
 * Reused by each call: calls don't nest, and nothing in them survives one, except that `finding.hello` is valid until
 * the next.
 */
const header = new LongHeader();
const hello = new ClientHello();

/**
 * Keys from the destination connection id of the datagram at hand, by key schedule; the first `count` of `version` are
 * there. All packets of a datagram have the same id (RFC 9000 §12.2): one derivation serves them.
 */
const derived = { keys: Array.from({ length: MAX_SCHEDULES }, () => new InitialKeys()), count: 0, version: 0 };

/**
 * QUIC over UDP: opens the client's Initial packets, which any observer can (RFC 9001 §5), and reads the
 * ClientHello that their CRYPTO frames carry. NEED_MORE while that is incomplete, with state in the context. FOUND
 * without a role or a state for QUIC that stays closed: a server's packets, a client's from the middle.
 *
 * Each Initial that opens with keys from its own destination connection id begins a hello of its own: two connections
 * may share two ports (RFC 9000 §5.2), and a fake Initial may come before the real one.
 */
export const quicInspector: Inspector = {
  name: 'quic',
  ipProto: 17,
  firstBytes: firstBytes(),
  ports: [443, 80, 8443, 784, 853, 4433],
  maxBufferedLen: 0,
  continues: false,
  readsHellos: true,
  isPending,
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

function isPending(state: unknown): boolean {
  return state instanceof QuicState && state.isPending;
}

function inspect(buf: Buffer, start: number, limit: number, context: InspectContext, finding: Finding): InspectStatus {
  const known = context.state instanceof QuicState ? context.state : null;
  // The cheap refusal: most UDP payloads end here.
  if (known === null && !looksLikeQuic(buf, start, limit)) return NOT_MINE;

  const state = known ?? acquireState();
  if (start < limit) {
    if (isGoogleQ046(buf, start, limit)) readUnprotected(buf, start, limit, GOOGLE_Q046, context, state);
    else if (isLongHeader(buf[start]!)) readPackets(buf, start, limit, context, state);
    else {
      const version = googlePublicHeaderVersion(buf, start, limit);
      if (version !== 0) readUnprotected(buf, start, limit, version, context, state);
    }
  }
  const status = judge(state, context, finding);
  if (state.clientDirection >= 0) {
    finding.role = state.clientDirection === context.direction ? ROLE_CLIENT : ROLE_SERVER;
  }
  // A state that was handed out is the engine's to end, even when this call is the last.
  if (known === null) {
    if (status === NEED_MORE && state.count > 0) context.state = state;
    else if (!state.isPending) releaseState(state);
    else context.state = state;
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

/**
 * Walks the coalesced packets of a datagram. Those with another destination connection id than the first's are passed
 * over, as receivers should (RFC 9000 §12.2).
 */
function readPackets(buf: Buffer, start: number, limit: number, context: InspectContext, state: QuicState): void {
  if (isVersionNegotiation(buf, start, limit)) {
    state.isCertain = true;
    return;
  }
  derived.count = 0;
  let idStart = -1;
  let idEnd = -1;
  let at = start;
  for (let i = 0; i < MAX_PACKETS && at < limit; i++) {
    if (!readLongHeader(buf, at, limit, header)) return;
    if (header.traits!.isRegistered) state.isCertain = true;
    if (state.clientDirection < 0 || state.clientDirection === context.direction) state.version = header.version;
    if (header.type === RETRY) return;
    if (idStart < 0) {
      idStart = header.destinationIdStart;
      idEnd = header.destinationIdEnd;
    }
    if (header.type === INITIAL && isFirstId(buf, idStart, idEnd)) readInitial(buf, limit, context, state);
    at = header.packetEnd;
  }
}

/** Whether the packet at hand has the destination connection id `buf[idStart, idEnd)`. */
function isFirstId(buf: Buffer, idStart: number, idEnd: number): boolean {
  const { destinationIdStart } = header;
  if (header.destinationIdEnd - destinationIdStart !== idEnd - idStart) return false;
  for (let i = 0; idStart + i < idEnd; i++) if (buf[idStart + i] !== buf[destinationIdStart + i]) return false;
  return true;
}

/**
 * Opens an Initial with the keys of its destination connection id, else with those of earlier Initials, which the
 * client keeps when the server chooses an id (RFC 9001 §5.2), else with keys from its own id: those are right for a
 * client's first packet, and for its next one after a Retry. The server's stay closed.
 */
function readInitial(buf: Buffer, limit: number, context: InspectContext, state: QuicState): void {
  if (state.clientDirection >= 0 && state.clientDirection !== context.direction) return;
  const { version, destinationIdStart, destinationIdEnd } = header;
  const own = state.streamOf(version, buf, destinationIdStart, destinationIdEnd);
  if (own !== null && readCrypto(buf, limit, context, state, own)) return;
  for (let i = state.count - 1; i >= 0; i--) {
    const stream = state.stream(i);
    if (stream !== own && stream.hasKeys && readCrypto(buf, limit, context, state, stream)) return;
  }
  // A client chooses at least eight bytes (RFC 9000 §7.2); an empty id is a client's that a server writes to.
  if (own !== null || destinationIdEnd === destinationIdStart) return;
  const { schedules } = header.traits!;
  for (let i = 0; i < schedules.length && i < MAX_SCHEDULES; i++) {
    if (derived.version !== version) derived.count = 0;
    const keys = derived.keys[i]!;
    if (i >= derived.count) {
      context.initialCipher.deriveKeys(schedules[i]!, buf, destinationIdStart, destinationIdEnd, keys);
      derived.version = version;
      derived.count = i + 1;
    }
    if (readFirst(buf, limit, context, keys, state)) return;
  }
}

/** Begins a stream with the Initial at hand, if `keys` open it. */
function readFirst(buf: Buffer, limit: number, context: InspectContext, keys: InitialKeys, state: QuicState): boolean {
  const payload = unprotectInitial(buf, header, limit, keys, context.initialCipher);
  if (payload === null) return false;
  const count = readInitialFrames(payload, header.packetEnd > limit, header.traits!.googleFrames);
  if (count === FRAMES_BAD) return false;
  const { version } = header;
  // After a Retry, which the token tells, the client repeats the same hello (RFC 9000 §17.2.5.2).
  const earlier = header.tokenLen > 0 ? agreeingStream(payload, count, state) : null;
  const stream = earlier ?? newStream(state, context);
  stream.setKeys(keys, version, buf, header.destinationIdStart, header.destinationIdEnd);
  state.clientDirection = context.direction;
  state.version = version;
  state.isCertain = true;
  collect(payload, count, stream, context);
  return true;
}

/** Adds the Initial at hand to the hello of `stream`, if its keys open it, or to another under the same id. */
function readCrypto(
  buf: Buffer,
  limit: number,
  context: InspectContext,
  state: QuicState,
  stream: InitialStream,
): boolean {
  const payload = unprotectInitial(buf, header, limit, stream.keys, context.initialCipher);
  if (payload === null) return false;
  const count = readInitialFrames(payload, header.packetEnd > limit, header.traits!.googleFrames);
  if (count === FRAMES_BAD) return false;
  let into = stream;
  if (!agrees(payload, count, stream)) {
    // Two hellos under one id: one of them is fake, and which one the server read is not to be seen.
    const other = agreeingStream(payload, count, state, stream);
    into = other ?? newStream(state, context);
    if (other === null && into !== stream) into.copyKeys(stream);
  }
  collect(payload, count, into, context);
  return true;
}

function newStream(state: QuicState, context: InspectContext): InitialStream {
  if (state.isFull) context.refusedPieces++;
  return state.addStream();
}

/** The newest stream whose hello the frames may belong to; with `like`, one with the same keys. */
function agreeingStream(
  payload: Buffer,
  count: number,
  state: QuicState,
  like: InitialStream | null = null,
): InitialStream | null {
  for (let i = state.count - 1; i >= 0; i--) {
    const stream = state.stream(i);
    const isCandidate = stream.hasKeys && (like === null || stream.hasKeysOf(like));
    if (isCandidate && agrees(payload, count, stream)) return stream;
  }
  return null;
}

/** False when a byte of the frames differs from one that came before. */
function agrees(payload: Buffer, count: number, { crypto }: InitialStream): boolean {
  if (crypto.isEmpty) return true;
  for (let i = 0; i < count; i++) {
    if (!crypto.agrees(cryptoOffset[i]!, payload, cryptoStart[i]!, cryptoEnd[i]!)) return false;
  }
  return true;
}

function collect(payload: Buffer, count: number, stream: InitialStream, context: InspectContext): void {
  const { crypto } = stream;
  const before = crypto.changes;
  for (let i = 0; i < count; i++) {
    if (!crypto.add(cryptoOffset[i]!, payload, cryptoStart[i]!, cryptoEnd[i]!)) context.refusedPieces++;
  }
  if (crypto.changes !== before) stream.usedPacket = context.packetNumber;
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
  const stream = state.clearStream();
  const before = stream.crypto.changes;
  if (!readGoogleFrames(buf, googleFramesStart(buf, start, version), limit, version, stream)) return;
  if (stream.crypto.changes !== before) stream.usedPacket = context.packetNumber;
  state.isCertain = true;
  state.version = version;
  stream.version = version;
  if (state.clientDirection < 0 && !stream.crypto.isEmpty) state.clientDirection = context.direction;
}

/** Says what the streams show so far: the first that tells something, then forgets its hello. */
function judge(state: QuicState, context: InspectContext, finding: Finding): InspectStatus {
  finding.protocol = 'quic';
  finding.quicVersion = state.version;
  for (let i = 0; i < state.count; i++) {
    const stream = state.stream(i);
    if (stream.crypto.isEmpty) continue;
    const status = judgeStream(stream, context.final, finding);
    if (status === NEED_MORE && !context.final) continue;
    if (context.final && stream.usedPacket !== 0) context.packetNumber = stream.usedPacket;
    if (status !== NEED_MORE) finding.quicVersion = stream.version;
    stream.forgetHello();
    // A part of a repeated hello tells nothing new.
    if (status !== FOUND || (state.hasFound && finding.nameStart < 0)) {
      if (status === MALFORMED) return status;
      continue;
    }
    state.hasFound = true;
    return FOUND;
  }
  return unfinished(state, context.final);
}

/** What one stream, which is not empty, shows: NEED_MORE for nothing yet. */
function judgeStream({ crypto }: InitialStream, final: boolean, finding: Finding): InspectStatus {
  const len = crypto.contiguousLen;
  if (len === 0) return NEED_MORE;
  if (crypto.buf[0] !== CLIENT_HELLO) return judgeChlo(crypto, final, finding);
  if (len < HANDSHAKE_HEADER_LEN) return NEED_MORE;

  const messageLen = HANDSHAKE_HEADER_LEN + u24(crypto.buf, 1);
  const isHuge = messageLen > MAX_ASSEMBLY_LEN;
  if (len < messageLen && !final && !isHuge) return NEED_MORE;
  // At the end the name may lie behind a piece that never came.
  const isWhole = len >= messageLen;
  const end = Math.min(isWhole || isHuge ? len : crypto.endOffset, messageLen);
  const isOverHoles = !isWhole && !isHuge;
  const status = parseClientHello(crypto.buf, HANDSHAKE_HEADER_LEN, end, hello, false, isOverHoles ? crypto : null);
  if (status === HELLO_BROKEN) return MALFORMED;
  // Of a hello that is longer than any that is collected, the name counts as soon as it is there.
  if (isHuge && hello.serverNameStart < 0 && len < MAX_ASSEMBLY_LEN && !final) return NEED_MORE;
  reportHello(crypto.buf, hello, finding, status === HELLO_WHOLE && isWhole);
  return FOUND;
}

function judgeChlo(crypto: HelloAssembly, final: boolean, finding: Finding): InspectStatus {
  const len = crypto.contiguousLen;
  if (len >= 4 && u32(crypto.buf, 0) !== 0x43484c4f) return MALFORMED;
  const status = readChlo(crypto, final, finding);
  if (status === CHLO_CUT) return NEED_MORE;
  return status === CHLO_NONE ? MALFORMED : FOUND;
}

function unfinished(state: QuicState, final: boolean): InspectStatus {
  if (final) return state.isCertain && !state.hasFound ? FOUND : NOT_MINE;
  if (state.count > 0) return NEED_MORE;
  if (state.isCertain) return FOUND;
  return state.version !== 0 ? NEED_MORE : NOT_MINE;
}
