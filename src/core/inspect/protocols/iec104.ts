import { FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { isOn, streamSignature } from './signature.js';

/** IEC 60870-5-104: U-format frames on any port, others by their length on 2404. */
const PORT = 2404;
const START = 0x68;
const MIN_LEN = 4;
const MAX_LEN = 253;
const U_FRAME_LEN = 6;
/** STARTDT, STOPDT and TESTFR, activation and confirmation. */
const U_FUNCTIONS = [0x07, 0x0b, 0x13, 0x23, 0x43, 0x83];

export const iec104Inspector = streamSignature('iec104', [START], inspectIec104);

function inspectIec104(buf: Buffer, start: number, end: number, context: InspectContext): InspectStatus {
  const left = end - start;
  const len = buf[start + 1]!;
  if (left < U_FRAME_LEN || len < MIN_LEN || len > MAX_LEN || len + 2 > left) return NOT_MINE;
  if (len === MIN_LEN && left === U_FRAME_LEN && U_FUNCTIONS.includes(buf[start + 2]!)) {
    if (buf[start + 3] === 0 && buf[start + 4] === 0 && buf[start + 5] === 0) return FOUND;
  }
  return isOn(context, PORT) && (len + 2 === left || buf[start + 2 + len] === START) ? FOUND : NOT_MINE;
}
