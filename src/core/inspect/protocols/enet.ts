import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** ENet games: CONNECT and VERIFY_CONNECT, the only commands of their lengths, behind a header of four bytes. */
const HEADER_LEN = 4;
const CONNECT = 0x82;
const VERIFY_CONNECT = 0x83;
const CONNECT_LEN = 48;
const VERIFY_LEN = 44;
const CHANNEL = 1;

export const enetInspector = datagramSignature('enet', [0x8f, 0x80, 0x81, 0x82, 0x83], [], inspectEnet);

function inspectEnet(buf: Buffer, start: number, end: number): InspectStatus {
  const at = start + HEADER_LEN;
  const left = end - at;
  if ((left !== CONNECT_LEN && left !== VERIFY_LEN) || buf[at + CHANNEL] !== 0xff) return NOT_MINE;
  return buf[at] === (left === CONNECT_LEN ? CONNECT : VERIFY_CONNECT) && u16(buf, at + 2) === 1 ? FOUND : NOT_MINE;
}
