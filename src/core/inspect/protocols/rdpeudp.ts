import { u16, u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** RDP over UDP (MS-RDPEUDP §3.1.5.1.1): the SYN, acknowledging nothing and padded to the largest datagram. */
const WINDOW = 4;
const FLAGS = 6;
const SYN = 0x0001;
const MIN_LEN = 1132;
const MAX_LEN = 1232;

export const rdpeudpInspector = datagramSignature('rdp-udp', [0xff], [3389], inspectRdpeudp);

function inspectRdpeudp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < MIN_LEN || end - start > MAX_LEN || u32(buf, start) !== 0xffffffff) return NOT_MINE;
  return u16(buf, start + WINDOW) !== 0 && (u16(buf, start + FLAGS) & SYN) !== 0 ? FOUND : NOT_MINE;
}
