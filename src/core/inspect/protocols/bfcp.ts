import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature, streamSignature } from './signature.js';

/** Binary Floor Control Protocol (RFC 8855 §5.1): version 1 or 2, primitive, length in words. */
const VERSION_1 = 0x20;
const VERSION_2 = 0x40;
const FIRST_BYTES = [VERSION_1, VERSION_2, 0x30, 0x50];
const PRIMITIVE = 1;
const LAST_PRIMITIVE = 18;
const LENGTH = 2;
const HEADER_LEN = 12;
const ATTRIBUTE_LENGTH = 1;

export const bfcpInspector = datagramSignature('bfcp', FIRST_BYTES, [], inspectBfcp);
export const bfcpTcpInspector = streamSignature('bfcp', FIRST_BYTES, inspectBfcp);

function inspectBfcp(buf: Buffer, start: number, end: number): InspectStatus {
  const left = end - start;
  if (left < HEADER_LEN || !FIRST_BYTES.includes(buf[start]!)) return NOT_MINE;
  const primitive = buf[start + PRIMITIVE]!;
  const len = u16(buf, start + LENGTH) * 4;
  if (primitive === 0 || primitive > LAST_PRIMITIVE || len + HEADER_LEN !== left) return NOT_MINE;
  // Attributes fill the message.
  let at = start + HEADER_LEN;
  while (at + 2 <= end && buf[at + ATTRIBUTE_LENGTH]! >= 2) at += (buf[at + ATTRIBUTE_LENGTH]! + 3) & ~3;
  return at === end ? FOUND : NOT_MINE;
}
