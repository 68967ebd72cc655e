import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { datagramSignature } from './signature.js';
/** TeamSpeak 3: the initialisation packets of either side. */
export const teamspeakInspector = datagramSignature('teamspeak', chars('T'), [], inspectTeamspeak);

function inspectTeamspeak(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (!begins(buf, start, end, 'TS3INIT1')) return NOT_MINE;
  finding.app = 'TEAMSPEAK';
  return FOUND;
}
