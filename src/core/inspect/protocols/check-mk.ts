import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_SERVER } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';
/** The output of a Check_MK agent begins with this section. */
export const checkMkInspector = streamSignature('check-mk', chars('<'), inspectCheckMk);

function inspectCheckMk(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (!begins(buf, start, end, '<<<check_mk>>>')) return NOT_MINE;
  finding.role = ROLE_SERVER;
  return FOUND;
}
