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
import { portSignature, streamSignature } from './signature.js';
import { inspectText } from './telnet.js';

/** FTP control connection (RFC 959, RFC 2228, RFC 2428). A greeting that does not say FTP needs the port. */
const PORT = 21;
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

/** Its control connection is Telnet's (RFC 959 §2.3): text on its port, such as commands that no FTP knows. */
export const ftpTextInspector = portSignature('ftp', 6, [PORT], inspectText);
export const ftpInspector = streamSignature('ftp', chars('2345AaCcEeFfLlOoPpQqRrSsTtUu'), inspectFtp);

function inspectFtp(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start < 4) return NOT_MINE;
  if (isDigit(buf[start]!)) return inspectReply(buf, start, end, context, finding);
  const isCommand =
    isOneOf(buf, start, end, COMMANDS) || (context.dstPort === PORT && isOneOf(buf, start, end, PORT_COMMANDS));
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
    (begins(buf, start, end, '220') && holds(buf, start, textEnd, 'FTP', MAX_LINE_LEN)) ||
    begins(buf, start, end, '227 Entering Passive') ||
    begins(buf, start, end, '229 Entering Extended Passive');
  if (!isNamed && context.srcPort !== PORT) return NOT_MINE;
  if (!isTextLine(buf, start, end)) return NOT_MINE;
  finding.role = ROLE_SERVER;
  return FOUND;
}

function isOneOf(buf: Buffer, start: number, end: number, words: readonly string[]): boolean {
  for (let i = 0; i < words.length; i++) if (beginsFolded(buf, start, end, words[i]!)) return true;
  return false;
}
