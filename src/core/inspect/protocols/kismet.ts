import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_SERVER } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';
/** Kismet servers greet with `*KISMET: 0.0.0 ...`. */
export const kismetInspector = streamSignature('kismet', chars('*'), inspectKismet);

function inspectKismet(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (!begins(buf, start, end, '*KISMET: ')) return NOT_MINE;
  finding.role = ROLE_SERVER;
  return FOUND;
}
