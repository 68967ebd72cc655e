import { u32 } from '../../common/bytes.js';
import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { isOn, streamSignature } from './signature.js';

/** RTMP handshake (§5.2): C0 or S0 with version 3, then time, four zero bytes, 1,528 random bytes. */
const VERSION = 3;
const ZERO = 5;
const HANDSHAKE_LEN = 1537;
const PORT = 1935;

export const rtmpInspector = streamSignature('rtmp', [VERSION], inspectRtmp);

function inspectRtmp(buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  if (end - start < 500 || end - start > 2 * HANDSHAKE_LEN) return NOT_MINE;
  return u32(buf, start + ZERO) === 0 || isOn(context, PORT) ? FOUND : NOT_MINE;
}
