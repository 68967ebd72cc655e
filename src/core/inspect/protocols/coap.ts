import { u16 } from '../../common/bytes.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { portSignature } from './signature.js';

/** CoAP over UDP (RFC 7252 §3) on its port: version 1, token, code, options that can be walked. */
const PORT = 5683;
const HEADER_LEN = 4;
const MAX_TOKEN_LEN = 8;
const PAYLOAD_MARKER = 0xff;

export const coapInspector = portSignature('coap', 17, [PORT], inspectCoap);

function inspectCoap(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const tokenLen = buf[start]! & 0x0f;
  if (end - start < HEADER_LEN + tokenLen || buf[start]! >> 6 !== 1 || tokenLen > MAX_TOKEN_LEN) return NOT_MINE;
  const codeClass = buf[start + 1]! >> 5;
  if (codeClass !== 0 && codeClass !== 2 && codeClass !== 4 && codeClass !== 5) return NOT_MINE;
  let at = start + HEADER_LEN + tokenLen;
  while (at < end && buf[at] !== PAYLOAD_MARKER) {
    const delta = buf[at]! >> 4;
    const len = buf[at]! & 0x0f;
    if (delta === 15 || len === 15) return NOT_MINE;
    const lengthAt = at + 1 + (delta === 13 ? 1 : delta === 14 ? 2 : 0);
    at = lengthAt + (len === 13 ? 14 + buf[lengthAt]! - 1 : len === 14 ? 271 + u16(buf, lengthAt) : len);
  }
  if (at > end) return NOT_MINE;
  if (codeClass > 0) finding.role = ROLE_SERVER;
  else if (buf[start + 1] !== 0) finding.role = ROLE_CLIENT;
  return FOUND;
}
