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

/** IMAP (RFC 9051): greeting, and a tagged command by a client. */
const PORT = 143;
const MAX_LINE_LEN = 512;
const MAX_TAG_LEN = 12;
const COMMANDS = ['CAPABILITY\r\n', 'LOGIN ', 'AUTHENTICATE ', 'STARTTLS\r\n', 'SELECT ', 'UID FETCH ', 'ID ('];

export const imapInspector = streamSignature('imap', chars('*AaCcXx.0123456789'), inspectImap);

function inspectImap(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (buf[start] === 0x2a) {
    if (
      !begins(buf, start, end, '* OK') &&
      !begins(buf, start, end, '* PREAUTH') &&
      !begins(buf, start, end, '* BYE')
    ) {
      return NOT_MINE;
    }
    if (context.srcPort !== PORT && !holds(buf, start, end, 'IMAP', MAX_LINE_LEN)) return NOT_MINE;
    finding.role = ROLE_SERVER;
    return FOUND;
  }
  const limit = Math.min(end, start + MAX_TAG_LEN);
  let at = start;
  while (at < limit && buf[at]! > 0x20 && buf[at]! < 0x7f) at++;
  if (at === limit || buf[at] !== 0x20) return NOT_MINE;
  for (let i = 0; i < COMMANDS.length; i++) {
    if (!beginsFolded(buf, at + 1, end, COMMANDS[i]!)) continue;
    // The words that other protocols know too need the port.
    if (i !== 0 && context.dstPort !== PORT) return NOT_MINE;
    if (!isText(buf, start, end)) return NOT_MINE;
    finding.role = ROLE_CLIENT;
    return FOUND;
  }
  return NOT_MINE;
}
