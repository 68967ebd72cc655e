import { u24 } from '../../bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';

/** WhatsApp chat: `WA`, two version bytes, then Noise messages behind their length; routing data may come first. */
const MAX_VERSION = 9;
const ROUTED = 'ED\0\x01';
const ROUTING_LEN = 4;
const HEADER_LEN = 4;
const LENGTH_LEN = 3;
const MAX_HELLO_LEN = 2048;

export const whatsappInspector = streamSignature('whatsapp', chars('WE'), inspectWhatsapp);

function inspectWhatsapp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  let at = start;
  if (begins(buf, start, end, ROUTED)) at = start + ROUTING_LEN + LENGTH_LEN + u24(buf, start + ROUTING_LEN);
  if (end - at < HEADER_LEN + LENGTH_LEN || !begins(buf, at, end, 'WA')) return NOT_MINE;
  const major = buf[at + 2]!;
  if (major === 0 || major > MAX_VERSION || buf[at + 3]! > MAX_VERSION) return NOT_MINE;
  const len = u24(buf, at + HEADER_LEN);
  if (len === 0 || len > MAX_HELLO_LEN || at + HEADER_LEN + LENGTH_LEN + len < end - MAX_HELLO_LEN) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  finding.app = 'WHATSAPP';
  return FOUND;
}
