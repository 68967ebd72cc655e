import { u16, u32 } from '../../common/bytes.js';
import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { isDigit } from './ascii.js';
import { datagramSignature } from './signature.js';

/**
 * The address discovery that opens a Discord voice connection: type, length 70, SSRC, address, port; and its
 * keep-alive. Other services copy the discovery, so it is likely only.
 */
const LENGTH = 2;
const BODY_LEN = 70;
const DATAGRAM_LEN = 74;
const ADDRESS = 8;
const KEEP_ALIVE = 0x1337cafe;
const KEEP_ALIVE_LEN = 8;
const REQUEST = 1;
const RESPONSE = 2;

export const discordVoiceInspector = datagramSignature('discord-voice', [0, 0x13], [], inspectDiscovery);

function inspectDiscovery(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start === KEEP_ALIVE_LEN && u32(buf, start) === KEEP_ALIVE) {
    finding.app = 'DISCORD';
    finding.confidence = CONFIDENCE_LIKELY;
    return FOUND;
  }
  if (end - start !== DATAGRAM_LEN || u16(buf, start + LENGTH) !== BODY_LEN) return NOT_MINE;
  const type = u16(buf, start);
  if (type !== REQUEST && type !== RESPONSE) return NOT_MINE;
  if (type === REQUEST ? u32(buf, start + ADDRESS) !== 0 : !isAddress(buf, start + ADDRESS)) return NOT_MINE;
  finding.role = type === REQUEST ? ROLE_CLIENT : ROLE_SERVER;
  finding.app = 'DISCORD';
  finding.confidence = CONFIDENCE_LIKELY;
  return FOUND;
}

/** At least `1.1.1.1` in text. */
function isAddress(buf: Buffer, at: number): boolean {
  for (let i = at; i < at + 7; i++) if (buf[i] !== 0x2e && !isDigit(buf[i]!)) return false;
  return true;
}
