import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_SERVER } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';
/** Munin nodes greet with `# munin node at host`. */
export const muninInspector = streamSignature('munin', chars('#'), inspectMunin);

function inspectMunin(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (!begins(buf, start, end, '# munin node at ')) return NOT_MINE;
  finding.role = ROLE_SERVER;
  return FOUND;
}
