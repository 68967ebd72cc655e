import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';
/** STOMP 1.0 to 1.2: the frames that open a connection. */
export const stompInspector = streamSignature('stomp', chars('SC'), inspectStomp);

function inspectStomp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const isClient =
    begins(buf, start, end, 'STOMP\naccept-version:') ||
    begins(buf, start, end, 'CONNECT\naccept-version:') ||
    begins(buf, start, end, 'CONNECT\nlogin:');
  if (isClient) finding.role = ROLE_CLIENT;
  else if (begins(buf, start, end, 'CONNECTED\n')) finding.role = ROLE_SERVER;
  else return NOT_MINE;
  return FOUND;
}
