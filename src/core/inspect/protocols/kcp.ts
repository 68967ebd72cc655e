import { u32le } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** KCP: segments of conversation, command, window, time, sequence, acknowledgement, length, that fill the datagram. */
const COMMAND = 4;
const LENGTH = 20;
const HEADER_LEN = 24;
const FIRST_COMMAND = 81;
const LAST_COMMAND = 84;
const MAX_WINDOW = 1024;
const WINDOW = 6;

/** The four commands share their upper five bits. */
const MARK = { at: COMMAND, mask: 0xf800_0000 | 0, value: 0x5000_0000, minLen: HEADER_LEN };

export const kcpInspector = datagramSignature('kcp', null, [], inspectKcp, MARK);

function inspectKcp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN || buf[start + COMMAND]! < FIRST_COMMAND || buf[start + COMMAND]! > LAST_COMMAND)
    return NOT_MINE;
  let at = start;
  while (at + HEADER_LEN <= end) {
    const command = buf[at + COMMAND]!;
    if (command < FIRST_COMMAND || command > LAST_COMMAND || u32le(buf, at) !== u32le(buf, start)) return NOT_MINE;
    if ((buf[at + WINDOW]! | (buf[at + WINDOW + 1]! << 8)) > MAX_WINDOW) return NOT_MINE;
    at += HEADER_LEN + u32le(buf, at + LENGTH);
  }
  return at === end ? FOUND : NOT_MINE;
}
