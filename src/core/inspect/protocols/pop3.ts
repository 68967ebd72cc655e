import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { begins, beginsFolded, chars, holds, isText } from './ascii.js';
import { streamSignature } from './signature.js';

/** POP3 (RFC 1939, RFC 2449): greeting and replies, CAPA, STLS, APOP, and the commands of port 110. */
const PORT = 110;
const MAX_LINE_LEN = 512;

export const pop3Inspector = streamSignature('pop3', chars('+-CcSsAaUu'), inspectPop3);

function inspectPop3(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (begins(buf, start, end, '+OK') || begins(buf, start, end, '-ERR')) {
    if (context.srcPort !== PORT && !holds(buf, start, end, 'POP3', MAX_LINE_LEN)) return NOT_MINE;
    finding.role = ROLE_SERVER;
    return FOUND;
  }
  const isCommand =
    beginsFolded(buf, start, end, 'CAPA\r\n') ||
    beginsFolded(buf, start, end, 'STLS\r\n') ||
    beginsFolded(buf, start, end, 'APOP ') ||
    (context.dstPort === PORT && (beginsFolded(buf, start, end, 'USER ') || beginsFolded(buf, start, end, 'AUTH')));
  if (!isCommand || !isText(buf, start, end)) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}
