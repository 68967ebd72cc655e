import { type Finding, FOUND, type InspectContext, type InspectStatus, NOT_MINE, ROLE_CLIENT } from '../inspector.js';
import { berLen, berValue } from './ber.js';
import { datagramSignature, streamSignature } from './signature.js';

/** LDAP messages (RFC 4511 §4.1.1) over TCP; over UDP the same is CLDAP (MS-ADTS §6.3). */
const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Application tags: BindRequest to IntermediateResponse, with AbandonRequest, DelRequest and UnbindRequest. */
const FIRST_OPERATION = 0x60;
const LAST_OPERATION = 0x79;
const UNBIND = 0x42;
const DELETE = 0x4a;
const ABANDON = 0x50;
/** The even tags of these answer the odd ones. */
const BIND_REQUEST = 0x60;
const SEARCH_REQUEST = 0x63;
const EXTENDED_REQUEST = 0x77;

export const ldapInspector = streamSignature('ldap', [SEQUENCE], inspectLdap);
export const cldapInspector = datagramSignature('cldap', [SEQUENCE], [389], inspectLdap);

function inspectLdap(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < 7 || buf[start] !== SEQUENCE) return NOT_MINE;
  const len = berLen(buf, start, end);
  const id = berValue(buf, start);
  if (len < 5 || id + 3 > end || buf[id] !== INTEGER) return NOT_MINE;
  const idLen = buf[id + 1]!;
  if (idLen === 0 || idLen > 4) return NOT_MINE;
  const operation = id + 2 + idLen;
  if (operation + 2 > end) return NOT_MINE;
  const tag = buf[operation]!;
  if (tag === UNBIND) return buf[operation + 1] === 0 ? FOUND : NOT_MINE;
  if (tag !== DELETE && tag !== ABANDON && (tag < FIRST_OPERATION || tag > LAST_OPERATION)) return NOT_MINE;
  const inner = berLen(buf, operation, end);
  if (inner < 0 || berValue(buf, operation) + inner > berValue(buf, start) + len) return NOT_MINE;
  if (tag === BIND_REQUEST || tag === SEARCH_REQUEST || tag === EXTENDED_REQUEST) finding.role = ROLE_CLIENT;
  return FOUND;
}
