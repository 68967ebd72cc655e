import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { begins, chars, holds } from './ascii.js';
import { streamSignature } from './signature.js';
/** NATS: the server's INFO with a JSON object, the client's CONNECT with one. */
export const natsInspector = streamSignature('nats', chars('IC'), inspectNats);

function inspectNats(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (
    begins(buf, start, end, 'INFO {"server_id"') ||
    (begins(buf, start, end, 'INFO {') && holds(buf, start, end, '"server_id"', 300))
  ) {
    finding.role = ROLE_SERVER;
    return FOUND;
  }
  if (!begins(buf, start, end, 'CONNECT {"')) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}
