import { i32, u24 } from '../../common/bytes.js';
import { setHost } from '../http/authority.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type Inspector,
  type InspectStatus,
  NEED_MORE,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_UNKNOWN,
  TO_INITIATOR,
} from '../inspector.js';
import { acquireState, Http2State, releaseState } from './http2-state.js';

/** Frame header (RFC 9113 §4.1): 24 bits of length, type, flags, a reserved bit and 31 of stream identifier. */
const LENGTH = 0;
const TYPE = 3;
const FLAGS = 4;
const STREAM_ID = 5;
const FRAME_HEADER_LEN = 9;

const DATA = 0;
const HEADERS = 1;
const PRIORITY = 2;
const RST_STREAM = 3;
const SETTINGS = 4;
const PUSH_PROMISE = 5;
const PING = 6;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
const CONTINUATION = 9;
/** Of the registered extension frames (ALTSVC, ORIGIN, PRIORITY_UPDATE, ...) the highest number. */
const LAST_TYPE = 0x10;
/** The first bit of a stream identifier is reserved, and ignored (RFC 9113 §4.1). */
const STREAM_ID_MASK = 0x7fff_ffff;

const END_HEADERS = 0x4;
const PADDED = 0x8;
const HAS_PRIORITY = 0x20;
/** Dependency and weight. */
const PRIORITY_LEN = 5;

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const MAX_BUFFERED_LEN = 0x10000;
/** A peer may allow frames up to 2^24; what is longer than this is rather no frame. */
const MAX_FRAME_LEN = 1 << 20;
/** The same for a type that is not registered: what every peer takes (RFC 9113 §4.2). */
const MAX_UNKNOWN_LEN = 1 << 14;

/**
 * HTTP/2 in clear, with prior knowledge or after an upgrade: told by the client's preface, which both begin with (RFC
 * 9113 §3.3, §3.4). Each request's `:authority`, or `host` without one, is a FOUND of its own; userinfo and port are
 * left out as with HTTP/1. The server's direction names nothing and is passed over.
 *
 * After lost bytes the frames are sought at the beginnings of segments; names in HPACK's dynamic table are lost then.
 */
export const http2Inspector: Inspector = {
  name: 'http2',
  ipProto: 6,
  firstBytes: [PREFACE[0]!],
  ports: [],
  maxBufferedLen: MAX_BUFFERED_LEN,
  continues: true,
  end: releaseState,
  inspect,
};

function inspect(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (start >= end) return NOT_MINE;
  const { state } = context;
  if (!(state instanceof Http2State)) return inspectPreface(buf, start, end, context, finding);
  if (context.direction === TO_INITIATOR) return FOUND;
  return inspectFrames(buf, start, start, end, context, state, finding);
}

function inspectPreface(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const len = Math.min(PREFACE.length, end - start);
  for (let i = 0; i < len; i++) if (buf[start + i] !== PREFACE[i]) return NOT_MINE;
  if (len < PREFACE.length) return more(PREFACE.length, context, finding);
  const state = acquireState();
  context.state = state;
  return inspectFrames(buf, start, start + PREFACE.length, end, context, state, finding);
}

/** Walks the frames from `at` on up to the next request, to one that is not all there, or to the end. */
function inspectFrames(
  buf: Buffer,
  start: number,
  at: number,
  end: number,
  context: InspectContext,
  state: Http2State,
  finding: Finding,
): InspectStatus {
  finding.role = ROLE_CLIENT;
  while (end - at >= FRAME_HEADER_LEN) {
    if (!isFrameHeader(buf, at, state.isLost)) return lost(start, at, state, finding);
    state.isLost = false;
    const type = buf[at + TYPE]!;
    const frameEnd = at + FRAME_HEADER_LEN + u24(buf, at + LENGTH);
    const isBlock = type === HEADERS || type === CONTINUATION;
    if (isBlock && frameEnd > end && frameEnd - at <= MAX_BUFFERED_LEN && !context.final) break;
    if (isBlock && frameEnd > end) state.loseBlock();
    else if (isBlock && readBlock(buf, at, frameEnd, state) && nameHost(state, finding)) {
      finding.consumedEnd = frameEnd;
      return FOUND;
    }
    at = frameEnd;
  }
  if (at > start) {
    finding.consumedEnd = at;
    return FOUND;
  }
  const frameLen = end - at < FRAME_HEADER_LEN ? FRAME_HEADER_LEN : FRAME_HEADER_LEN + u24(buf, at + LENGTH);
  return more(frameLen, context, finding);
}

/** The bytes at `at` are no frame: some were lost. */
function lost(start: number, at: number, state: Http2State, finding: Finding): InspectStatus {
  state.loseBlock();
  state.isLost = true;
  finding.role = ROLE_UNKNOWN;
  return at > start ? FOUND : NOT_MINE;
}

/** Takes the header block (or its part) of a frame; true when a block is complete and could be read. */
function readBlock(buf: Buffer, at: number, frameEnd: number, state: Http2State): boolean {
  const flags = buf[at + FLAGS]!;
  let blockStart = at + FRAME_HEADER_LEN;
  let blockEnd = frameEnd;
  if (buf[at + TYPE] === HEADERS) {
    state.beginBlock();
    if ((flags & PADDED) !== 0) {
      blockEnd -= buf[blockStart]!;
      blockStart++;
    }
    if ((flags & HAS_PRIORITY) !== 0) blockStart += PRIORITY_LEN;
    if (blockStart > blockEnd) {
      state.loseBlock();
      return false;
    }
  }
  return state.addToBlock(buf, blockStart, blockEnd, (flags & END_HEADERS) !== 0);
}

function nameHost(state: Http2State, finding: Finding): boolean {
  const { host, hostLen } = state.hpack;
  return hostLen > 0 && setHost(host, 0, hostLen, finding);
}

/**
 * Lengths and streams as RFC 9113 §6 wants them for each type: enough not to take other bytes for a frame. Frames of
 * unknown types are ignored by endpoints (§5.5); where a frame has to be found, only known ones count.
 */
function isFrameHeader(buf: Buffer, at: number, knownOnly: boolean): boolean {
  const len = u24(buf, at + LENGTH);
  const streamId = i32(buf, at + STREAM_ID) & STREAM_ID_MASK;
  if (len > MAX_FRAME_LEN) return false;
  switch (buf[at + TYPE]) {
    case DATA:
    case HEADERS:
    case CONTINUATION:
      return streamId % 2 === 1;
    case PRIORITY:
      return len === PRIORITY_LEN && streamId !== 0;
    case RST_STREAM:
      return len === 4 && streamId !== 0;
    case SETTINGS:
      return streamId === 0 && len % 6 === 0;
    case PUSH_PROMISE:
      return false;
    case PING:
      return len === 8 && streamId === 0;
    case GOAWAY:
      return len >= 8 && streamId === 0;
    case WINDOW_UPDATE:
      return len === 4;
    default:
      return buf[at + TYPE]! <= LAST_TYPE || (!knownOnly && len <= MAX_UNKNOWN_LEN);
  }
}

function more(neededLen: number, context: InspectContext, finding: Finding): InspectStatus {
  if (context.final) return NOT_MINE;
  finding.role = ROLE_UNKNOWN;
  finding.neededLen = neededLen;
  return NEED_MORE;
}
