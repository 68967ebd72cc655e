import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** LDP of MPLS (RFC 5036 §3.1): version 1, PDU length, LSR id, then messages. */
const PORT = 646;
const LENGTH = 2;
const LABEL_SPACE = 8;
const MESSAGE = 10;
const HEADER_LEN = 10;

export const ldpInspector = portSignature('ldp', 17, [PORT], inspectLdp);
export const ldpTcpInspector = portSignature('ldp', 6, [PORT], inspectLdp);

function inspectLdp(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN + 4 || u16(buf, start) !== 1) return NOT_MINE;
  const type = u16(buf, start + MESSAGE) & 0x7fff;
  if (type === 0 || type > 0x0404 || u16(buf, start + LABEL_SPACE) > 16) return NOT_MINE;
  return u16(buf, start + LENGTH) + 4 <= end - start ? FOUND : NOT_MINE;
}
