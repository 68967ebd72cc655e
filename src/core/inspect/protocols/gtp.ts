import { u16 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { isOn, portSignature } from './signature.js';

/** GTP control plane on its ports: versions 1 (TS 29.060) and 2 (TS 29.274), GTP' (TS 32.295); length as announced. */
const CONTROL_PORT = 2123;
const USER_PORT = 2152;
const PRIME_PORT = 3386;
const LENGTH = 2;
const V1_HEADER_LEN = 8;
const PRIME_HEADER_LEN = 6;

export const gtpInspector = portSignature('gtp-c', 17, [CONTROL_PORT, USER_PORT, PRIME_PORT], inspectGtp);

function inspectGtp(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start < V1_HEADER_LEN) return NOT_MINE;
  const version = buf[start]! >> 5;
  const isPrime = version === 0 || (buf[start]! & 0x10) === 0;
  const len = u16(buf, start + LENGTH);
  const left = end - start;
  if (isOn(context, PRIME_PORT)) {
    finding.protocol = 'gtp-prime';
    return isPrime && version <= 2 && (len === left - PRIME_HEADER_LEN || len === left - 20) ? FOUND : NOT_MINE;
  }
  if (isOn(context, USER_PORT)) finding.protocol = 'gtp-u';
  if (version === 1) return !isPrime && len <= left - V1_HEADER_LEN ? FOUND : NOT_MINE;
  return version === 2 && len <= left - 4 ? FOUND : NOT_MINE;
}
