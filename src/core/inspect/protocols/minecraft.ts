import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { streamSignature } from './signature.js';

/** Minecraft, Java edition: the handshake packet with protocol version, server address, port and next state. */
const PACKET_ID = 1;
const VERSION = 2;
const MAX_VERSION_LEN = 5;
const MAX_ADDRESS_LEN = 100;
const FIRST_BYTES = Array.from({ length: 0x78 }, (_, i) => 0x08 + i);

const MARK = { at: 0, mask: 0x00ff_0000, value: 0, minLen: 4 };

export const minecraftInspector = streamSignature('minecraft', FIRST_BYTES, inspectMinecraft, MARK);

function inspectMinecraft(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (buf[start + PACKET_ID] !== 0 || end - start <= buf[start]!) return NOT_MINE;
  let at = start + VERSION;
  while (at < start + VERSION + MAX_VERSION_LEN && buf[at]! >= 0x80) at++;
  const addressLen = buf[++at]!;
  const addressEnd = at + 1 + addressLen;
  if (addressLen < 1 || addressLen > MAX_ADDRESS_LEN || addressEnd + 3 !== start + 1 + buf[start]!) return NOT_MINE;
  // Forge adds NUL-separated words to the address.
  for (let i = at + 1; i < addressEnd; i++) if (buf[i]! > 0x7e || (buf[i]! < 0x21 && buf[i] !== 0)) return NOT_MINE;
  const nextState = buf[addressEnd + 2]!;
  if (nextState < 1 || nextState > 3) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  finding.app = 'MINECRAFT';
  return FOUND;
}
