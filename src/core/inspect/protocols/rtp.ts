import { i32, u16 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NEED_MORE, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/**
 * RTP (RFC 3550 §5.1), encrypted (SRTP) or not: it has no magic, so its header must fit the datagram, two datagrams of
 * one side must share their synchronisation source, and their sequence numbers must follow each other.
 */
const VERSION = 2;
const EXTENSION_BIT = 0x10;
const CONTRIBUTOR_COUNT = 0x0f;
const TYPE = 1;
const SEQUENCE = 2;
const SOURCE = 8;
const HEADER_LEN = 12;
/** Payload types that would be RTCP's without their top bit (RFC 5761 §4). */
const FIRST_RTCP_TYPE = 64;
const LAST_RTCP_TYPE = 95;
const MAX_STEP = 8;
/** Extension: profile, and length in words of four bytes (§5.3.1). */
const EXTENSION_LENGTH = 2;
const EXTENSION_HEADER_LEN = 4;

/** The last packet of either direction: three numbers each, the type -1 before there is one. */
type RtpSides = number[];
const LAST_TYPE = 0;
const LAST_SEQUENCE = 1;
const LAST_SOURCE = 2;
const SIDE_LEN = 3;

export const rtpInspector = datagramSignature(
  'rtp',
  Array.from({ length: 64 }, (_, i) => 0x80 + i),
  [],
  inspectRtp,
);

function inspectRtp(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start <= HEADER_LEN || buf[start]! >> 6 !== VERSION) return NOT_MINE;
  const type = buf[start + TYPE]! & 0x7f;
  const source = i32(buf, start + SOURCE);
  if (source === 0 || headerEnd(buf, start, end) > end || (type >= FIRST_RTCP_TYPE && type <= LAST_RTCP_TYPE))
    return NOT_MINE;
  const sequence = u16(buf, start + SEQUENCE);
  const side = context.direction * SIDE_LEN;
  let sides = context.state as RtpSides | undefined;
  if (sides !== undefined && sides[side + LAST_TYPE] === type && sides[side + LAST_SOURCE] === source) {
    const step = (sequence - sides[side + LAST_SEQUENCE]!) & 0xffff;
    if (step > 0 && step <= MAX_STEP) return FOUND;
  }
  if (sides === undefined) {
    sides = [-1, 0, 0, -1, 0, 0];
    context.state = sides;
  }
  sides[side + LAST_TYPE] = type;
  sides[side + LAST_SEQUENCE] = sequence;
  sides[side + LAST_SOURCE] = source;
  finding.neededLen = 0;
  return NEED_MORE;
}

/** Offset behind the header with its contributing sources and extension; past `end` where they don't fit. */
function headerEnd(buf: Buffer, start: number, end: number): number {
  const at = start + HEADER_LEN + 4 * (buf[start]! & CONTRIBUTOR_COUNT);
  if ((buf[start]! & EXTENSION_BIT) === 0) return at;
  if (at + EXTENSION_HEADER_LEN > end) return end + 1;
  return at + EXTENSION_HEADER_LEN + 4 * u16(buf, at + EXTENSION_LENGTH);
}
