import { u16, u16le } from '../../common/bytes.js';
import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { streamSignature } from './signature.js';

/** X11 connection set-up: byte order, protocol 11.0, lengths of the authorisation's name and data. */
const BIG_ENDIAN = 0x42;
const LITTLE_ENDIAN = 0x6c;
const HEADER_LEN = 12;

export const x11Inspector = streamSignature('x11', [BIG_ENDIAN, LITTLE_ENDIAN], inspectX11);

function inspectX11(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < HEADER_LEN || buf[start + 1] !== 0) return NOT_MINE;
  const isLittle = buf[start] === LITTLE_ENDIAN;
  const major = isLittle ? u16le(buf, start + 2) : u16(buf, start + 2);
  const nameLen = isLittle ? u16le(buf, start + 6) : u16(buf, start + 6);
  if (major !== 11 || u16(buf, start + 4) !== 0 || nameLen > 64 || u16(buf, start + 10) !== 0) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  return FOUND;
}
