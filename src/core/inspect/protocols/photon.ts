import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/**
 * Photon, the engine of many mobile games, on its ports: peer, flags, number of commands, time, challenge, commands.
 */
const PORTS = [5055, 5056, 5057, 5058, 27000, 27001, 27002];
const COMMANDS = 3;
const HEADER_LEN = 12;
const COMMAND_LENGTH = 4;
const MAX_COMMANDS = 64;
const PING = 0x7d;
const PING_LEN = 13;

export const photonInspector = portSignature('photon', 17, PORTS, inspectPhoton);

function inspectPhoton(buf: Buffer, start: number, end: number): InspectStatus {
  if (isPing(buf, start, end)) return FOUND;
  const commands = buf[start + COMMANDS]!;
  if (end - start < HEADER_LEN + 12 || commands === 0 || commands > MAX_COMMANDS) return NOT_MINE;
  let at = start + HEADER_LEN;
  for (let i = 0; i < commands; i++) {
    if (at + 12 > end || buf[at]! === 0 || buf[at]! > 15) return NOT_MINE;
    at += u32(buf, at + COMMAND_LENGTH);
  }
  return at === end ? FOUND : NOT_MINE;
}

/** Pings of thirteen bytes: twelve the same, then a counter. */
function isPing(buf: Buffer, start: number, end: number): boolean {
  if (end - start !== PING_LEN) return false;
  for (let at = start; at < end - 1; at++) if (buf[at] !== PING) return false;
  return true;
}
