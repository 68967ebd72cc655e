import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { streamSignature } from './signature.js';

/** BitTorrent peers over TCP: the handshake of BEP 3. */
const LENGTH = 19;

export const bittorrentInspector = streamSignature('bittorrent', [LENGTH], inspectBittorrent);

function inspectBittorrent(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (buf[start] !== LENGTH || !begins(buf, start + 1, end, 'BitTorrent protocol')) return NOT_MINE;
  finding.app = 'BITTORRENT';
  return FOUND;
}
