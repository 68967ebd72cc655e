import { u32 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins } from './ascii.js';
import { datagramSignature } from './signature.js';

/** RakNet's offline messages, with their magic; Minecraft's Bedrock edition announces itself in them. */
const MAGIC_1 = 0x00ffff00;
const MAGIC_2 = 0xfefefefe;
const MAGIC_3 = 0xfdfdfdfd;
const MAGIC_4 = 0x12345678;
const MAGIC_LEN = 16;
/** Message id to the offset of the magic. */
const UNCONNECTED_PING = 0x01;
const OPEN_REQUEST_1 = 0x05;
const OPEN_REPLY_2 = 0x08;
const INCOMPATIBLE = 0x19;
const UNCONNECTED_PONG = 0x1c;
/** The open requests and replies under Roblox's numbers. */
const ROBLOX = [0x78, 0x79, 0x7a, 0x7b, 0x7e];

export const raknetInspector = datagramSignature(
  'raknet',
  [UNCONNECTED_PING, 0x02, OPEN_REQUEST_1, 0x06, 0x07, OPEN_REPLY_2, INCOMPATIBLE, UNCONNECTED_PONG, ...ROBLOX],
  [19132],
  inspectRaknet,
);

function inspectRaknet(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const id = buf[start]!;
  const at = start + (id <= 2 ? 9 : id === UNCONNECTED_PONG ? 17 : id === INCOMPATIBLE ? 2 : 1);
  if (at + MAGIC_LEN > end || u32(buf, at) !== MAGIC_1 || u32(buf, at + 4) !== MAGIC_2) return NOT_MINE;
  if (u32(buf, at + 8) !== MAGIC_3 || u32(buf, at + 12) !== MAGIC_4) return NOT_MINE;
  if (id === UNCONNECTED_PONG && begins(buf, at + MAGIC_LEN + 2, end, 'MCPE;')) finding.app = 'MINECRAFT';
  return FOUND;
}
