import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { begins, chars, lineEnd } from './ascii.js';
import { streamSignature } from './signature.js';

/** tinc meta connections: the ID request, `0 name 17.0`. */
const MAX_NAME_LEN = 32;

export const tincInspector = streamSignature('tinc', chars('0'), inspectTinc);

function inspectTinc(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < 7 || !begins(buf, start, end, '0 ')) return NOT_MINE;
  let at = start + 2;
  const limit = Math.min(end, at + MAX_NAME_LEN);
  while (at < limit && buf[at]! > 0x20 && buf[at]! < 0x7f) at++;
  return at > start + 2 && begins(buf, at, end, ' 17') && lineEnd(buf, at, end, 7) > 0 ? FOUND : NOT_MINE;
}
