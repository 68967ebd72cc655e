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

/** IRC (RFC 2812, IRCv3): registration by a client, and server messages with a prefix. */
const MAX_LINE_LEN = 512;
const PORTS = [6667, 6666, 6668, 6669, 194];

export const ircInspector = streamSignature('irc', chars(':NUCPJ'), inspectIrc);

function inspectIrc(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start < 6) return NOT_MINE;
  const isPort = PORTS.includes(context.srcPort) || PORTS.includes(context.dstPort);
  if (buf[start] === 0x3a) {
    if (!isServerMessage(buf, start, end)) return NOT_MINE;
    finding.role = ROLE_SERVER;
    return FOUND;
  }
  const lineFeed = lineEnd(buf, start, end, MAX_LINE_LEN);
  if (lineFeed < 0 || !isText(buf, start, lineFeed)) return NOT_MINE;
  const isClient =
    (beginsFolded(buf, start, end, 'NICK ') && (isPort || holds(buf, start, end, '\nUSER ', MAX_LINE_LEN))) ||
    (beginsFolded(buf, start, end, 'USER ') && holds(buf, start, lineFeed, ' :', MAX_LINE_LEN)) ||
    begins(buf, start, end, 'CAP LS') ||
    begins(buf, start, end, 'JOIN #') ||
    begins(buf, start, end, 'PRIVMSG ');
  if (!isClient) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}

/** `:irc.example.net 001 nick :Welcome`, `:irc.example.net NOTICE * :...`, `:nick!user@host PRIVMSG #channel :...` */
function isServerMessage(buf: Buffer, start: number, end: number): boolean {
  const limit = Math.min(end, start + 128);
  let at = start + 1;
  while (at < limit && buf[at]! > 0x20 && buf[at]! < 0x7f) at++;
  if (at === start + 1 || at >= limit || buf[at] !== 0x20) return false;
  at++;
  return (
    begins(buf, at, end, '001 ') ||
    begins(buf, at, end, '020 ') ||
    begins(buf, at, end, 'NOTICE ') ||
    begins(buf, at, end, 'PRIVMSG ') ||
    begins(buf, at, end, 'JOIN ') ||
    begins(buf, at, end, 'CAP ') ||
    begins(buf, at, end, 'MODE ') ||
    begins(buf, at, end, '372 ') ||
    begins(buf, at, end, '433 ')
  );
}
