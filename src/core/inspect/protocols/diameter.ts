import { u24 } from '../../common/bytes.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { streamSignature } from './signature.js';

/** Diameter over TCP (RFC 6733 §3): version 1, length, flags, a command of the base protocol or of 3GPP. */
const LENGTH = 1;
const FLAGS = 4;
const COMMAND = 5;
const HEADER_LEN = 20;
const REQUEST = 0x80;
const FIRST_COMMAND = 257;
const LAST_COMMAND = 330;
const FIRST_3GPP = 8388620;
const LAST_3GPP = 8388740;

export const diameterInspector = streamSignature('diameter', [1], inspectDiameter);

function inspectDiameter(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < HEADER_LEN || (buf[start + FLAGS]! & 0x0f) !== 0) return NOT_MINE;
  const len = u24(buf, start + LENGTH);
  if (len < HEADER_LEN || len % 4 !== 0 || len > 0x10000) return NOT_MINE;
  const command = u24(buf, start + COMMAND);
  const isKnown =
    (command >= FIRST_COMMAND && command <= LAST_COMMAND) || (command >= FIRST_3GPP && command <= LAST_3GPP);
  if (!isKnown) return NOT_MINE;
  finding.role = (buf[start + FLAGS]! & REQUEST) !== 0 ? ROLE_CLIENT : ROLE_SERVER;
  return FOUND;
}
