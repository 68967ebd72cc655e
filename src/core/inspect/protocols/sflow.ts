import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** sFlow 5: version, the agent's address, then samples. */
const VERSION = 5;
const ADDRESS_TYPE = 4;
const IPV6 = 2;
const MAX_SAMPLES = 200;

export const sflowInspector = datagramSignature('sflow', [0], [6343], inspectSflow);

function inspectSflow(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 28 || u32(buf, start) !== VERSION) return NOT_MINE;
  const addressType = u32(buf, start + ADDRESS_TYPE);
  if (addressType !== 1 && addressType !== IPV6) return NOT_MINE;
  const samples = start + 8 + (addressType === IPV6 ? 16 : 4) + 12;
  return samples + 4 <= end && u32(buf, samples) <= MAX_SAMPLES ? FOUND : NOT_MINE;
}
