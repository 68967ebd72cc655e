import { u16, u24 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** Service Location Protocol (RFC 2608 §8; version 1: RFC 2165) on port 427: version, function, length. */
const PORT = 427;
const FUNCTION = 1;
const LENGTH = 2;
const LAST_FUNCTION = 11;
const HEADER_LEN = 12;

export const slpInspector = portSignature('slp', 17, [PORT], inspectSlp);
export const slpTcpInspector = portSignature('slp', 6, [PORT], inspectSlp);

function inspectSlp(buf: Buffer, start: number, end: number): InspectStatus {
  const version = buf[start]!;
  const code = buf[start + FUNCTION]!;
  if (end - start < HEADER_LEN || code === 0 || code > LAST_FUNCTION) return NOT_MINE;
  if (version === 2) return u24(buf, start + LENGTH) === end - start ? FOUND : NOT_MINE;
  return version === 1 && u16(buf, start + LENGTH) === end - start ? FOUND : NOT_MINE;
}
