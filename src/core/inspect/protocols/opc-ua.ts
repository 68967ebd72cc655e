import { u32le } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars } from './ascii.js';
import { streamSignature } from './signature.js';

/** OPC UA connection protocol (OPC 10000-6 §7.1.2): message type, chunk type, length. */
const LENGTH = 4;
const HEADER_LEN = 8;
const MAX_LEN = 0x1000000;
const TYPES = ['HEL', 'ACK', 'ERR', 'OPN', 'CLO', 'MSG', 'RHE'];

export const opcUaInspector = streamSignature('opc-ua', chars('HAEOCMR'), inspectOpcUa);

function inspectOpcUa(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < HEADER_LEN) return NOT_MINE;
  const chunk = buf[start + 3]!;
  if (chunk !== 0x46 && chunk !== 0x43 && chunk !== 0x41) return NOT_MINE;
  let isType = false;
  for (let i = 0; i < TYPES.length && !isType; i++) isType = begins(buf, start, end, TYPES[i]!);
  const len = u32le(buf, start + LENGTH);
  return isType && len >= HEADER_LEN && len < MAX_LEN ? FOUND : NOT_MINE;
}
