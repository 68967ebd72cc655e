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

/** RTSP (RFC 7826, RFC 2326): the start line of a request or of a response. */
const MAX_LINE_LEN = 600;

export const rtspInspector = streamSignature('rtsp', chars('RDOSPTAG'), inspectRtsp);

function inspectRtsp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 10) return NOT_MINE;
  if (begins(buf, start, end, 'RTSP/')) {
    finding.role = ROLE_SERVER;
    return FOUND;
  }
  const isMethod =
    begins(buf, start, end, 'DESCRIBE ') ||
    begins(buf, start, end, 'OPTIONS ') ||
    begins(buf, start, end, 'SETUP ') ||
    begins(buf, start, end, 'PLAY ') ||
    begins(buf, start, end, 'PAUSE ') ||
    begins(buf, start, end, 'TEARDOWN ') ||
    begins(buf, start, end, 'ANNOUNCE ') ||
    begins(buf, start, end, 'GET_PARAMETER ') ||
    begins(buf, start, end, 'SET_PARAMETER ');
  if (!isMethod || !holds(buf, start, end, ' RTSP/', MAX_LINE_LEN)) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}
