import { u16 } from '../../common/bytes.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NEED_MORE,
  NOT_MINE,
  ROLE_CLIENT,
} from '../inspector.js';

/** SSL 2.0 CLIENT-HELLO, also sent by old clients for later versions (RFC 5246 appendix E.2). */
const LENGTH = 0;
const MESSAGE_TYPE = 2;
const VERSION = 3;
const CIPHER_SPECS_LEN = 5;
const SESSION_ID_LEN = 7;
const CHALLENGE_LEN = 9;
const HEADER_LEN = 11;
/** What the length field does not count: itself. */
const LENGTH_LEN = 2;

const CLIENT_HELLO = 1;
const SSL_2 = 0x0002;
const CIPHER_SPEC_LEN = 3;

/** FOUND without a name (the format has none) when every length agrees with the others, else NOT_MINE. */
export function inspectSsl2Hello(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start > MESSAGE_TYPE && buf[start + MESSAGE_TYPE] !== CLIENT_HELLO) return NOT_MINE;
  if (end - start < HEADER_LEN) {
    if (context.final) return NOT_MINE;
    finding.neededLen = HEADER_LEN;
    return NEED_MORE;
  }
  const version = u16(buf, start + VERSION);
  if (version !== SSL_2 && !(version >= 0x0300 && version <= 0x0303)) return NOT_MINE;

  const specsLen = u16(buf, start + CIPHER_SPECS_LEN);
  const sessionIdLen = u16(buf, start + SESSION_ID_LEN);
  const challengeLen = u16(buf, start + CHALLENGE_LEN);
  if (specsLen === 0 || specsLen % CIPHER_SPEC_LEN !== 0) return NOT_MINE;
  if (sessionIdLen !== 0 && sessionIdLen !== 16) return NOT_MINE;
  if (challengeLen < 16 || challengeLen > 32) return NOT_MINE;
  const messageLen = u16(buf, start + LENGTH) & 0x7fff;
  if (messageLen !== HEADER_LEN - LENGTH_LEN + specsLen + sessionIdLen + challengeLen) return NOT_MINE;

  finding.protocol = 'tls';
  finding.role = ROLE_CLIENT;
  finding.tlsVersion = version;
  return FOUND;
}
