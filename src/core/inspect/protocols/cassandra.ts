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
import { holds } from './ascii.js';
import { isOn, streamSignature } from './signature.js';

/** Cassandra's native protocol, versions 3 to 5: frame header of nine bytes. */
const PORT = 9042;
const RESPONSE = 0x80;
const FLAGS = 1;
const OPCODE = 4;
const LENGTH = 5;
const HEADER_LEN = 9;
const STARTUP = 0x01;
const OPTIONS = 0x05;
const SUPPORTED = 0x06;
const LAST_OPCODE = 0x10;
const LAST_FLAGS = 0x1f;

export const cassandraInspector = streamSignature('cassandra', [3, 4, 5, 0x83, 0x84, 0x85], inspectCassandra);

function inspectCassandra(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < HEADER_LEN || buf[start + FLAGS]! > LAST_FLAGS) return NOT_MINE;
  const opcode = buf[start + OPCODE]!;
  const isResponse = buf[start]! >= RESPONSE;
  if (opcode > LAST_OPCODE || u32(buf, start + LENGTH) !== end - start - HEADER_LEN) return NOT_MINE;
  const isCertain =
    (opcode === OPTIONS && !isResponse && end - start === HEADER_LEN) ||
    (opcode === STARTUP && holds(buf, start, end, 'CQL_VERSION', 64)) ||
    (opcode === SUPPORTED && isResponse && holds(buf, start, end, 'CQL_VERSION', 400));
  if (!isCertain && !isOn(context, PORT)) return NOT_MINE;
  finding.role = isResponse ? ROLE_SERVER : ROLE_CLIENT;
  return FOUND;
}
