import { u24 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** CAPWAP (RFC 5415 §4) on its ports: preamble of version 0, clear or DTLS, header length. */
const CONTROL_PORT = 5246;
const DATA_PORT = 5247;
const CLEAR = 0;
const DTLS = 1;
const HEADER_LEN = 8;

export const capwapInspector = portSignature('capwap', 17, [CONTROL_PORT, DATA_PORT], inspectCapwap);

function inspectCapwap(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN) return NOT_MINE;
  if (buf[start] === DTLS) return u24(buf, start + 1) === 0 ? FOUND : NOT_MINE;
  // Five bits of header length in words.
  const headerLen = (buf[start + 1]! >> 3) * 4;
  return buf[start] === CLEAR && headerLen >= HEADER_LEN && headerLen <= end - start ? FOUND : NOT_MINE;
}
