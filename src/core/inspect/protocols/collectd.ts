import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { isText } from './ascii.js';
import { datagramSignature } from './signature.js';

/**
 * collectd's network protocol: parts of type, length and value; the first is the host name, and all fill the datagram.
 */
const HOST = 0;
const HEADER_LEN = 4;

export const collectdInspector = datagramSignature('collectd', [0], [25826], inspectCollectd);

function inspectCollectd(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 24 || u16(buf, start) !== HOST) return NOT_MINE;
  const hostLen = u16(buf, start + 2);
  if (hostLen < HEADER_LEN + 2 || start + hostLen >= end || buf[start + hostLen - 1] !== 0) return NOT_MINE;
  if (!isText(buf, start + HEADER_LEN, start + hostLen - 1)) return NOT_MINE;
  let at = start;
  while (at + HEADER_LEN <= end && u16(buf, at + 2) >= HEADER_LEN) at += u16(buf, at + 2);
  return at === end ? FOUND : NOT_MINE;
}
