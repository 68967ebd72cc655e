import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { isOn, streamSignature } from './signature.js';

/** Radmin 3: version 1, length, and a first request of one byte repeated. */
const LENGTH = 1;
const BODY = 9;
const PORT = 4899;

export const radminInspector = streamSignature('radmin', [1], inspectRadmin);

function inspectRadmin(buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  if (end - start < BODY || !isOn(context, PORT)) return NOT_MINE;
  const len = u32(buf, start + LENGTH);
  return len > 0 && len + BODY === end - start ? FOUND : NOT_MINE;
}
