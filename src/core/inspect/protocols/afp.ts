import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** Apple Filing Protocol over DSI: flags, command, request id, error or offset, length, reserved. */
const PORT = 548;
const COMMAND = 1;
const LENGTH = 8;
const HEADER_LEN = 16;
const LAST_COMMAND = 8;

export const afpInspector = portSignature('afp', 6, [PORT], inspectAfp);

function inspectAfp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || buf[start]! > 1) return NOT_MINE;
  const command = buf[start + COMMAND]!;
  return command > 0 && command <= LAST_COMMAND && u32(buf, start + LENGTH) <= 0x1000000 ? FOUND : NOT_MINE;
}
