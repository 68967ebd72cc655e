import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { begins, beginsFolded, chars, holds, isText, lineEnd } from './ascii.js';
import { streamSignature } from './signature.js';

/** NNTP (RFC 3977): the greeting where it says so or comes from the port, and commands of its own. */
const PORT = 119;
const MAX_LINE_LEN = 512;

export const nntpInspector = streamSignature('nntp', chars('2MmGgXxAaLl'), inspectNntp);

function inspectNntp(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 6) return NOT_MINE;
  if (begins(buf, start, end, '200 ') || begins(buf, start, end, '201 ')) {
    const lineFeed = lineEnd(buf, start, end, MAX_LINE_LEN);
    const textEnd = lineFeed < 0 ? end : lineFeed;
    if (context.srcPort !== PORT && !holds(buf, start, textEnd, 'NNTP', MAX_LINE_LEN)) return NOT_MINE;
    finding.role = ROLE_SERVER;
    return isText(buf, start, textEnd) ? FOUND : NOT_MINE;
  }
  const isCommand =
    beginsFolded(buf, start, end, 'MODE READER\r\n') ||
    beginsFolded(buf, start, end, 'AUTHINFO USER ') ||
    beginsFolded(buf, start, end, 'XOVER ') ||
    beginsFolded(buf, start, end, 'LIST ACTIVE') ||
    (context.dstPort === PORT &&
      (beginsFolded(buf, start, end, 'GROUP ') || beginsFolded(buf, start, end, 'ARTICLE ')));
  if (!isCommand) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}
