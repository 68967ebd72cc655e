import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { begins, beginsFolded, chars, holds, isDigit, isText, lineEnd } from './ascii.js';
import { streamSignature } from './signature.js';

/** FTP control connection (RFC 959, RFC 2228, RFC 2428). A greeting that does not say FTP needs the port. */
const PORT = 21;
const MAX_LINE_LEN = 512;
/** Commands that no other protocol of lines has. */
const COMMANDS = [
  'PASV\r\n',
  'EPSV\r\n',
  'EPSV ALL\r\n',
  'SYST\r\n',
  'FEAT\r\n',
  'TYPE I\r\n',
  'TYPE A\r\n',
  'AUTH TLS\r\n',
];
const PORT_COMMANDS = ['USER ', 'PASS ', 'QUIT', 'PORT ', 'RETR ', 'STOR ', 'CWD ', 'AUTH ', 'OPTS ', 'SIZE ', 'LIST'];

export const ftpInspector = streamSignature('ftp', chars('2345AaCcEeFfLlOoPpQqRrSsTtUu'), inspectFtp);

function inspectFtp(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start < 4) return NOT_MINE;
  if (isDigit(buf[start]!)) return inspectReply(buf, start, end, context, finding);
  const isCommand =
    isOneOf(buf, start, end, COMMANDS) || (context.dstPort === PORT && isOneOf(buf, start, end, PORT_COMMANDS));
  if (!isCommand) return NOT_MINE;
  const lineFeed = lineEnd(buf, start, end, MAX_LINE_LEN);
  if (!isText(buf, start, lineFeed < 0 ? end : lineFeed)) return NOT_MINE;
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
  const separator = buf[start + 3]!;
  if (!isDigit(buf[start + 1]!) || !isDigit(buf[start + 2]!) || (separator !== 0x20 && separator !== 0x2d)) {
    return NOT_MINE;
  }
  const lineFeed = lineEnd(buf, start, end, MAX_LINE_LEN);
  const textEnd = lineFeed < 0 ? end : lineFeed;
  const isNamed =
    (begins(buf, start, end, '220') && holds(buf, start, textEnd, 'FTP', MAX_LINE_LEN)) ||
    begins(buf, start, end, '227 Entering Passive') ||
    begins(buf, start, end, '229 Entering Extended Passive');
  if (!isNamed && context.srcPort !== PORT) return NOT_MINE;
  if (!isText(buf, start, textEnd)) return NOT_MINE;
  finding.role = ROLE_SERVER;
  return FOUND;
}

function isOneOf(buf: Buffer, start: number, end: number, words: readonly string[]): boolean {
  for (let i = 0; i < words.length; i++) if (beginsFolded(buf, start, end, words[i]!)) return true;
  return false;
}
