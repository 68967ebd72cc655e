import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { datagramSignature } from './signature.js';
/** Spotify clients find each other in the local network with `SpotUdp0` on port 57621. */
export const spotifyLanInspector = datagramSignature('spotify-lan', chars('S'), [57621], inspectSpotify);

function inspectSpotify(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (!begins(buf, start, end, 'SpotUdp')) return NOT_MINE;
  finding.app = 'SPOTIFY';
  return FOUND;
}
