import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_SERVER } from '../inspector.js';
import { isDigit, isText } from './ascii.js';
import { streamSignature } from './signature.js';

/** MySQL and MariaDB: the server's greeting (protocol 10) or its refusal, behind length and sequence number. */
const HEADER_LEN = 4;
const PROTOCOL_10 = 0x0a;
const ERROR = 0xff;
const MAX_VERSION_LEN = 64;
/** Greetings are 50 to 130 bytes long, refusals 20 and more. */
const FIRST_BYTES = Array.from({ length: 0xb0 }, (_, i) => 0x10 + i);

/** Two upper bytes of the length, and the sequence number. */
const MARK = { at: 0, mask: 0x00ff_ffff, value: 0, minLen: HEADER_LEN };

export const mysqlInspector = streamSignature('mysql', FIRST_BYTES, inspectMysql, MARK);

function inspectMysql(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (buf[start + 1] !== 0 || buf[start + 2] !== 0 || buf[start + 3] !== 0) return NOT_MINE;
  const at = start + HEADER_LEN;
  if (end - at < 12 || end - at < buf[start]!) return NOT_MINE;
  finding.role = ROLE_SERVER;
  if (buf[at] === ERROR) return buf[at + 2] === 0x04 && isText(buf, at + 3, end) ? FOUND : NOT_MINE;
  if (buf[at] !== PROTOCOL_10 || !isDigit(buf[at + 1]!)) return NOT_MINE;
  const limit = Math.min(end, at + MAX_VERSION_LEN);
  let version = at + 1;
  while (version < limit && buf[version]! > 0x20 && buf[version]! < 0x7f) version++;
  return version < limit && buf[version] === 0 && version > at + 3 ? FOUND : NOT_MINE;
}
