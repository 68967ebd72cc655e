import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars, holds } from './ascii.js';
import { streamSignature } from './signature.js';

/** XMPP streams (RFC 6120 §4): the stream header of either side; stanzas on the usual ports. */
const PORTS = [5222, 5269];
const MAX_HEADER_LEN = 400;

export const xmppInspector = streamSignature('xmpp', chars('<'), inspectXmpp);

function inspectXmpp(buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  if (end - start < 8) return NOT_MINE;
  if (begins(buf, start, end, '<stream:') || begins(buf, start, end, '</stream:')) return FOUND;
  if (begins(buf, start, end, '<?xml')) return holds(buf, start, end, '<stream:', MAX_HEADER_LEN) ? FOUND : NOT_MINE;
  if (!PORTS.includes(context.srcPort) && !PORTS.includes(context.dstPort)) return NOT_MINE;
  const isStanza =
    begins(buf, start, end, '<iq ') || begins(buf, start, end, '<message ') || begins(buf, start, end, '<presence');
  return isStanza ? FOUND : NOT_MINE;
}
