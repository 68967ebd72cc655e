import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { begins, beginsFolded, chars, holds, isDigit } from './ascii.js';
import { isReplyCode, isTextLine, lineTextEnd, MAX_LINE_LEN } from './reply-line.js';
import { streamSignature } from './signature.js';

/** SMTP (RFC 5321): greeting and replies, EHLO, HELO, LHLO, MAIL FROM. A greeting without its name needs the port. */
const PORTS = [25, 587, 2525];

export const smtpInspector = streamSignature('smtp', chars('2345EeHhLlMm'), inspectSmtp);

function inspectSmtp(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 5) return NOT_MINE;
  if (isDigit(buf[start]!)) return inspectReply(buf, start, end, context, finding);
  const isCommand =
    beginsFolded(buf, start, end, 'EHLO ') ||
    beginsFolded(buf, start, end, 'HELO ') ||
    beginsFolded(buf, start, end, 'LHLO ') ||
    beginsFolded(buf, start, end, 'MAIL FROM:');
  if (!isCommand) return NOT_MINE;
  if (!isTextLine(buf, start, end)) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}

function inspectReply(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (!isReplyCode(buf, start)) return NOT_MINE;
  const textEnd = lineTextEnd(buf, start, end);
  const isNamed =
    begins(buf, start, end, '220') &&
    (holds(buf, start, textEnd, 'SMTP', MAX_LINE_LEN) || holds(buf, start, textEnd, 'Postfix', MAX_LINE_LEN));
  if (!isNamed && !PORTS.includes(context.srcPort)) return NOT_MINE;
  if (!isTextLine(buf, start, end)) return NOT_MINE;
  finding.role = ROLE_SERVER;
  return FOUND;
}
