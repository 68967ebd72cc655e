import { u24 } from '../../common/bytes.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type Inspector,
  type InspectStatus,
  NEED_MORE,
  NOT_MINE,
  ROLE_CLIENT,
} from '../inspector.js';
import { begins, chars } from './ascii.js';
import { portSignature, streamSignature } from './signature.js';

/** WhatsApp chat: `WA`, two version bytes, then Noise messages behind their length; routing data may come first. */
const MAX_VERSION = 9;
const ROUTED = 'ED\0\x01';
const ROUTING_LEN = 4;
const MAX_ROUTING_LEN = 256;
const HEADER_LEN = 4;
const LENGTH_LEN = 3;
const MAX_HELLO_LEN = 2048;
const PORT = 5222;
/** A sealed message is never shorter than its tag. */
const MIN_SEALED_LEN = 16;

/** The clients write routing data, header and hello one by one, so they come in segments of their own. */
export const whatsappInspector: Inspector = {
  ...streamSignature('whatsapp', chars('WE'), inspectWhatsapp),
  maxBufferedLen: ROUTING_LEN + LENGTH_LEN + MAX_ROUTING_LEN + HEADER_LEN + LENGTH_LEN,
};

/** Later messages, where the capture began in the middle. */
export const whatsappFrameInspector = portSignature('whatsapp', 6, [PORT], inspectFrame);

function inspectWhatsapp(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  let at = start;
  if (begins(buf, start, end, ROUTED)) {
    const routingStart = start + ROUTING_LEN + LENGTH_LEN;
    if (end < routingStart) return needMore(routingStart - start, context, finding);
    const routingLen = u24(buf, start + ROUTING_LEN);
    if (routingLen > MAX_ROUTING_LEN) return NOT_MINE;
    at = routingStart + routingLen;
    if (end < at + HEADER_LEN + LENGTH_LEN) return needMore(at + HEADER_LEN + LENGTH_LEN - start, context, finding);
  } else if (end - start >= HEADER_LEN && isHeader(buf, start, end) && end - start < HEADER_LEN + LENGTH_LEN) {
    return needMore(HEADER_LEN + LENGTH_LEN, context, finding);
  }
  if (end - at < HEADER_LEN + LENGTH_LEN || !isHeader(buf, at, end)) return NOT_MINE;
  const len = u24(buf, at + HEADER_LEN);
  if (len === 0 || len > MAX_HELLO_LEN || at + HEADER_LEN + LENGTH_LEN + len < end - MAX_HELLO_LEN) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  finding.app = 'WHATSAPP';
  return FOUND;
}

function isHeader(buf: Buffer, at: number, end: number): boolean {
  if (!begins(buf, at, end, 'WA')) return false;
  const major = buf[at + 2]!;
  return major !== 0 && major <= MAX_VERSION && buf[at + 3]! <= MAX_VERSION;
}

function needMore(len: number, context: InspectContext, finding: Finding): InspectStatus {
  if (context.final) return NOT_MINE;
  finding.neededLen = len;
  return NEED_MORE;
}

/** One message behind its length in three bytes fills the segment. */
function inspectFrame(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const len = end - start - LENGTH_LEN;
  if (len < MIN_SEALED_LEN || buf[start] !== 0 || u24(buf, start) !== len) return NOT_MINE;
  finding.app = 'WHATSAPP';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}
