import { u32 } from '../../common/bytes.js';
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

/** TACACS+ (RFC 8907 §4.1): version 12.0 or 12.1, type, sequence number, flags, session, length. */
const VERSIONS = [0xc0, 0xc1];
const TYPE = 1;
const SEQUENCE = 2;
const FLAGS = 3;
const LENGTH = 8;
const HEADER_LEN = 12;

export const tacacsInspector = streamSignature('tacacs+', VERSIONS, inspectTacacs);

function inspectTacacs(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < HEADER_LEN || u32(buf, start + LENGTH) !== end - start - HEADER_LEN) return NOT_MINE;
  const type = buf[start + TYPE]!;
  if (type === 0 || type > 3 || buf[start + SEQUENCE] === 0 || (buf[start + FLAGS]! & 0xfa) !== 0) return NOT_MINE;
  finding.role = (buf[start + SEQUENCE]! & 1) === 1 ? ROLE_CLIENT : ROLE_SERVER;
  return FOUND;
}
