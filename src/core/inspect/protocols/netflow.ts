import { u16 } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE } from '../inspector.js';
import { datagramSignature } from './signature.js';

/** NetFlow 1, 5, 7 and 9 (RFC 3954) and IPFIX (RFC 7011): version, and a length that its counts explain. */
const COUNT = 2;
const IPFIX = 10;
const V9_HEADER_LEN = 20;
const IPFIX_HEADER_LEN = 16;
const MAX_RECORDS = 30;
const FIRST_DATA_SET = 256;

export const netflowInspector = datagramSignature('netflow', [0], [2055, 9995, 9996, 4739], inspectNetflow);

function inspectNetflow(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const left = end - start;
  if (left < IPFIX_HEADER_LEN + 4 || buf[start] !== 0) return NOT_MINE;
  const version = buf[start + 1]!;
  const count = u16(buf, start + COUNT);
  if (version === IPFIX) {
    finding.protocol = 'ipfix';
    return count === left && fillSets(buf, start + IPFIX_HEADER_LEN, end, 2, 3) ? FOUND : NOT_MINE;
  }
  if (version === 9) return count > 0 && fillSets(buf, start + V9_HEADER_LEN, end, 0, 1) ? FOUND : NOT_MINE;
  if (count === 0 || count > MAX_RECORDS) return NOT_MINE;
  const isOld =
    (version === 5 && left === 24 + 48 * count) ||
    (version === 7 && left === 24 + 52 * count) ||
    (version === 1 && left === 16 + 52 * count);
  return isOld ? FOUND : NOT_MINE;
}

/** Whether sets of templates (`template`, `options`) and data fill the bytes up to padding. */
function fillSets(buf: Buffer, at: number, end: number, template: number, options: number): boolean {
  let sets = 0;
  while (at + 4 <= end) {
    const id = u16(buf, at);
    const len = u16(buf, at + 2);
    if ((id !== template && id !== options && id < FIRST_DATA_SET) || len < 4) return false;
    at += len;
    sets++;
  }
  return sets > 0 && at <= end && end - at < 4;
}
