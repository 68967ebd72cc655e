import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature, isOn } from './signature.js';

/** L2TP control messages, version 2 (RFC 2661 §3.1) and 3 (RFC 3931 §3.2.1): flags and length. */
const PORT = 1701;
const CONTROL_V2 = 0xc802;
const CONTROL_V3 = 0xc803;
const HEADER_LEN = 12;

export const l2tpInspector = datagramSignature('l2tp', [0xc8], [PORT], inspectL2tp);

function inspectL2tp(buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  if (end - start < 6) return NOT_MINE;
  const flags = u16(buf, start);
  if ((flags === CONTROL_V2 || flags === CONTROL_V3) && end - start >= HEADER_LEN) {
    return u16(buf, start + 2) === end - start ? FOUND : NOT_MINE;
  }
  // Data messages, on the port: no control bit, version 2.
  return isOn(context, PORT) && (flags & 0x800f) === 0x0002 ? FOUND : NOT_MINE;
}
