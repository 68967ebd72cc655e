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
import { portSignature } from './signature.js';

/** Mumble's UDP ping on its port: type 0, ident of eight bytes; the answer has version, users and bandwidth. */
const PORT = 64738;
const PING_LEN = 12;
const ANSWER_LEN = 24;

export const mumbleInspector = portSignature('mumble', 17, [PORT], inspectMumble);

function inspectMumble(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const isPing = end - start === PING_LEN && u32(buf, start) === 0;
  if (!isPing && !(end - start === ANSWER_LEN && buf[start] === 0)) return NOT_MINE;
  finding.role = isPing ? ROLE_CLIENT : ROLE_SERVER;
  finding.app = 'MUMBLE';
  return FOUND;
}
