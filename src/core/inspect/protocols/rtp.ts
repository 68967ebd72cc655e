import { u16, u32 } from '../../bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NEED_MORE, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/**
 * RTP (RFC 3550 §5.1), encrypted (SRTP) or not: it has no magic, so two datagrams of one side must share their
 * synchronisation source, and their sequence numbers must follow each other.
 */
const VERSION = 2;
const TYPE = 1;
const SEQUENCE = 2;
const SOURCE = 8;
const HEADER_LEN = 12;
/** Payload types that would be RTCP's without their top bit (RFC 5761 §4). */
const FIRST_RTCP_TYPE = 64;
const LAST_RTCP_TYPE = 95;
const MAX_STEP = 8;

/** The last packet of either direction. */
class RtpSides {
  readonly source = [0, 0];
  readonly sequence = [0, 0];
  readonly type = [-1, -1];
}

export const rtpInspector = datagramSignature(
  'rtp',
  Array.from({ length: 64 }, (_, i) => 0x80 + i),
  [],
  inspectRtp,
);

function inspectRtp(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start <= HEADER_LEN || buf[start]! >> 6 !== VERSION) return NOT_MINE;
  const type = buf[start + TYPE]! & 0x7f;
  const source = u32(buf, start + SOURCE);
  if (source === 0 || (type >= FIRST_RTCP_TYPE && type <= LAST_RTCP_TYPE)) return NOT_MINE;
  const sequence = u16(buf, start + SEQUENCE);
  const { direction } = context;
  let sides = context.state as RtpSides | undefined;
  if (sides !== undefined && sides.type[direction] === type && sides.source[direction] === source) {
    const step = (sequence - sides.sequence[direction]!) & 0xffff;
    if (step > 0 && step <= MAX_STEP) return FOUND;
  }
  if (sides === undefined) {
    sides = new RtpSides();
    context.state = sides;
  }
  sides.source[direction] = source;
  sides.sequence[direction] = sequence;
  sides.type[direction] = type;
  finding.neededLen = 0;
  return NEED_MORE;
}
