import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { begins, beginsFolded, chars, holds } from './ascii.js';
import { datagramSignature, streamSignature } from './signature.js';

/** SIP (RFC 3261) over UDP and TCP: the start line of a request or of a response. */
const PORTS = [5060];
const FIRST_BYTES = chars('SIRABCONUMP');
const METHODS = [
  'INVITE ',
  'REGISTER ',
  'ACK ',
  'BYE ',
  'CANCEL ',
  'OPTIONS ',
  'NOTIFY ',
  'SUBSCRIBE ',
  'INFO ',
  'MESSAGE ',
  'UPDATE ',
  'PRACK ',
  'REFER ',
  'PUBLISH ',
];
const MAX_LINE_LEN = 600;

export const sipInspector = datagramSignature('sip', FIRST_BYTES, PORTS, inspectSip);
export const sipTcpInspector = streamSignature('sip', FIRST_BYTES, inspectSip);

function inspectSip(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 12) return NOT_MINE;
  if (begins(buf, start, end, 'SIP/2.0 ')) {
    finding.role = ROLE_SERVER;
    return FOUND;
  }
  for (let i = 0; i < METHODS.length; i++) {
    const method = METHODS[i]!;
    if (!begins(buf, start, end, method)) continue;
    const uri = start + method.length;
    const isSip =
      beginsFolded(buf, uri, end, 'SIP:') ||
      beginsFolded(buf, uri, end, 'SIPS:') ||
      holds(buf, uri, end, ' SIP/2.0\r\n', MAX_LINE_LEN);
    if (!isSip) return NOT_MINE;
    finding.role = ROLE_CLIENT;
    return FOUND;
  }
  return NOT_MINE;
}
