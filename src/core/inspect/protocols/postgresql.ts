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
import { begins } from './ascii.js';
import { streamSignature } from './signature.js';

/**
 * PostgreSQL's first messages, protocol 3: start-up, SSLRequest, GSSENCRequest, CancelRequest; the server's answers.
 */
const PORT = 5432;
const CODE = 4;
const PROTOCOL_3 = 0x00030000;
const CANCEL_REQUEST = 80877102;
const SSL_REQUEST = 80877103;
const GSSENC_REQUEST = 80877104;
const MAX_STARTUP_LEN = 10000;
const AUTHENTICATION = 0x52;
const ERROR_RESPONSE = 0x45;
const LAST_AUTHENTICATION = 12;

export const postgresqlInspector = streamSignature(
  'postgresql',
  [0, AUTHENTICATION, ERROR_RESPONSE],
  inspectPostgresql,
);

function inspectPostgresql(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 8) return NOT_MINE;
  const type = buf[start]!;
  if (type === 0) {
    const len = u32(buf, start);
    const code = u32(buf, start + CODE);
    const isRequest =
      (len === 8 && (code === SSL_REQUEST || code === GSSENC_REQUEST)) ||
      (len === 16 && code === CANCEL_REQUEST) ||
      (len > 8 &&
        len <= MAX_STARTUP_LEN &&
        code >>> 16 === PROTOCOL_3 >>> 16 &&
        begins(buf, start + 8, end, 'user\0')) ||
      (len > 8 && len === end - start && code === PROTOCOL_3);
    if (!isRequest) return NOT_MINE;
    finding.role = ROLE_CLIENT;
    return FOUND;
  }
  const len = u32(buf, start + 1);
  const isAnswer =
    type === AUTHENTICATION
      ? end - start >= 9 &&
        len >= 8 &&
        len < 0x1000 &&
        u32(buf, start + 5) <= LAST_AUTHENTICATION &&
        len <= end - start - 1
      : len === end - start - 1 && context.srcPort === PORT;
  if (!isAnswer) return NOT_MINE;
  finding.role = ROLE_SERVER;
  return FOUND;
}
