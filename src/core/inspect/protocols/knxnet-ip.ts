import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature, streamSignature } from './signature.js';

/** KNXnet/IP (EN 13321-2): header length 6, version 1.0, service type, total length. */
const HEADER_LEN = 6;
const VERSION = 0x10;
const SERVICE = 2;
const LENGTH = 4;

export const knxnetIpInspector = datagramSignature('knxnet-ip', [HEADER_LEN], [], inspectKnx);
export const knxnetIpTcpInspector = streamSignature('knxnet-ip', [HEADER_LEN], inspectKnx);

function inspectKnx(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN + 2 || buf[start] !== HEADER_LEN || buf[start + 1] !== VERSION) return NOT_MINE;
  const family = buf[start + SERVICE]!;
  return family >= 2 && family <= 0x0b && isWhole(buf, start + u16(buf, start + LENGTH), end) ? FOUND : NOT_MINE;
}

/** One message, or several. */
function isWhole(buf: Buffer, next: number, end: number): boolean {
  return next === end || (next + HEADER_LEN <= end && buf[next] === HEADER_LEN && buf[next + 1] === VERSION);
}
