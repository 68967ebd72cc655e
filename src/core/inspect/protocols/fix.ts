import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';

/** FIX tag-value messages: `8=FIX.4.2|9=...|` with SOH between the fields. */
const SOH = 0x01;

export const fixInspector = streamSignature('fix', chars('8'), inspectFix);

function inspectFix(buf: Buffer, start: number, end: number): InspectStatus {
  if (!begins(buf, start, end, '8=FIX')) return NOT_MINE;
  for (let at = start + 5; at < Math.min(end, start + 16); at++) if (buf[at] === SOH) return FOUND;
  return NOT_MINE;
}
