import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { begins, chars, isDigit } from './ascii.js';
import { streamSignature } from './signature.js';

/** Redis (RESP2, RESP3): commands as arrays of bulk strings; replies and inline commands on the port. */
const PORT = 6379;
const ASTERISK = 0x2a;

export const redisInspector = streamSignature('redis', chars('*+-$:%PpAaIi'), inspectRedis);

function inspectRedis(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 4) return NOT_MINE;
  if (buf[start] === ASTERISK) {
    const next = afterCount(buf, start + 1, end);
    if (next > 0 && buf[next] === 0x24 && afterCount(buf, next + 1, end) > 0) {
      // Replies may be arrays too: only the port tells which side speaks.
      if (context.dstPort === PORT) finding.role = ROLE_CLIENT;
      return FOUND;
    }
  }
  if (context.srcPort === PORT) {
    const isReply =
      begins(buf, start, end, '+OK\r\n') ||
      begins(buf, start, end, '+PONG') ||
      begins(buf, start, end, '-ERR ') ||
      begins(buf, start, end, '-NOAUTH') ||
      ((buf[start] === 0x24 || buf[start] === 0x3a || buf[start] === ASTERISK) && afterCount(buf, start + 1, end) > 0);
    if (!isReply) return NOT_MINE;
    finding.role = ROLE_SERVER;
    return FOUND;
  }
  if (context.dstPort !== PORT) return NOT_MINE;
  const isInline =
    begins(buf, start, end, 'PING\r\n') ||
    begins(buf, start, end, 'AUTH ') ||
    begins(buf, start, end, 'INFO') ||
    begins(buf, start, end, 'PUBLISH ');
  if (!isInline) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}

/** Offset behind a decimal number and its CRLF, -1 when there is none. */
function afterCount(buf: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && at - start < 7 && isDigit(buf[at]!)) at++;
  return at > start && at + 1 < end && buf[at] === 0x0d && buf[at + 1] === 0x0a ? at + 2 : -1;
}
