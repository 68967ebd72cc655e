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
import { isOn, streamSignature } from './signature.js';

/**
 * SMB over TCP: the NetBIOS session header (RFC 1002 §4.3.1; MS-SMB2 §2.1 without the session service) and the magic of
 * SMB 1, SMB 2 and 3, their encrypted and compressed forms. Session requests and responses are NetBIOS alone.
 */
const SESSION_MESSAGE = 0x00;
const SESSION_REQUEST = 0x81;
const POSITIVE_RESPONSE = 0x82;
const NEGATIVE_RESPONSE = 0x83;
const HEADER_LEN = 4;
const PORT = 445;
const MAX_MESSAGE_LEN = 0x1ffff;
const MAGIC = 0x534d42;
/** Length of a session request: two encoded names. */
const REQUEST_LEN = 68;
const ENCODED_NAME_LEN = 0x20;

export const smbInspector = streamSignature(
  'smb',
  [SESSION_MESSAGE, SESSION_REQUEST, POSITIVE_RESPONSE, NEGATIVE_RESPONSE],
  inspectSmb,
);

function inspectSmb(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  const left = end - start;
  if (left < HEADER_LEN) return NOT_MINE;
  const type = buf[start]!;
  const len = u24(buf, start + 1);
  if (type === SESSION_MESSAGE) {
    // Lenient: on its port also what lacks the magic, as in the pool grooming of exploits.
    if (isOn(context, PORT) && len <= MAX_MESSAGE_LEN && len + HEADER_LEN >= left && len > 0) return FOUND;
    const isSmb =
      left >= HEADER_LEN + 4 && buf[start + HEADER_LEN]! >= 0xfc && u24(buf, start + HEADER_LEN + 1) === MAGIC;
    return isSmb ? FOUND : NOT_MINE;
  }
  finding.protocol = 'netbios-ssn';
  if (type === SESSION_REQUEST) {
    if (left === HEADER_LEN || len !== REQUEST_LEN) return NOT_MINE;
    if (buf[start + HEADER_LEN] !== ENCODED_NAME_LEN) return NOT_MINE;
    finding.role = ROLE_CLIENT;
    return FOUND;
  }
  if (left !== HEADER_LEN + len || (type === POSITIVE_RESPONSE ? len !== 0 : len !== 1)) return NOT_MINE;
  finding.role = ROLE_SERVER;
  return FOUND;
}
