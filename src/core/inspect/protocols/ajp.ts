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
import { streamSignature } from './signature.js';

/** AJP 1.3 between web server and servlet container: magic by direction, length, message code. */
const FROM_SERVER = 0x12;
const FROM_CONTAINER = 0x41;
const LENGTH = 2;
const CODE = 4;
const MAX_LEN = 8192;

export const ajpInspector = streamSignature('ajp', [FROM_SERVER, FROM_CONTAINER], inspectAjp);

function inspectAjp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 5) return NOT_MINE;
  const len = u16(buf, start + LENGTH);
  const code = buf[start + CODE]!;
  if (len === 0 || len > MAX_LEN || len + 4 > end - start) return NOT_MINE;
  if (buf[start] === FROM_SERVER) {
    // 2 forwards a request; 7 to 10 are shutdown, ping and cping.
    if (buf[start + 1] !== 0x34 || len + 4 !== end - start || (code !== 2 && (code < 7 || code > 10))) return NOT_MINE;
    finding.role = ROLE_CLIENT;
    return FOUND;
  }
  if (buf[start + 1] !== 0x42 || ((code < 3 || code > 6) && code !== 9)) return NOT_MINE;
  finding.role = ROLE_SERVER;
  return FOUND;
}
