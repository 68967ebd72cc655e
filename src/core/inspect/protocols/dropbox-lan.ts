import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { holds } from './ascii.js';
import { portSignature } from './signature.js';

/** Dropbox LAN sync: announcements in JSON on port 17500. */
const PORT = 17500;
const MAX_SEARCH_LEN = 300;

export const dropboxLanInspector = portSignature('dropbox-lan', 17, [PORT], inspectDropbox);

function inspectDropbox(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (buf[start] !== 0x7b || !holds(buf, start, end, '"host_int"', MAX_SEARCH_LEN)) return NOT_MINE;
  finding.app = 'DROPBOX';
  return FOUND;
}
