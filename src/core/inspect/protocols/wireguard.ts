import { u24, u32 } from '../../common/bytes.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { datagramSignature } from './signature.js';

/** WireGuard (protocol document §5.4): type, three zero bytes, and the length that the type has. */
const INITIATION = 1;
const RESPONSE = 2;
const COOKIE_REPLY = 3;
const TRANSPORT = 4;
const INITIATION_LEN = 148;
const RESPONSE_LEN = 92;
const COOKIE_REPLY_LEN = 64;
const TRANSPORT_MIN_LEN = 32;
/** Transport: little-endian counter whose upper half stays zero. */
const COUNTER_HIGH = 12;

export const wireguardInspector = datagramSignature('wireguard', [1, 2, 3, 4], [51820], inspectWireguard);

function inspectWireguard(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  const left = end - start;
  if (left < TRANSPORT_MIN_LEN || u24(buf, start + 1) !== 0) return NOT_MINE;
  const type = buf[start]!;
  const isFound =
    (type === INITIATION && left === INITIATION_LEN) ||
    (type === RESPONSE && left === RESPONSE_LEN) ||
    (type === COOKIE_REPLY && left === COOKIE_REPLY_LEN) ||
    (type === TRANSPORT && left % 16 === 0 && u32(buf, start + COUNTER_HIGH) === 0 && u32(buf, start + 4) !== 0);
  if (!isFound) return NOT_MINE;
  if (type === INITIATION) finding.role = ROLE_CLIENT;
  else if (type === RESPONSE) finding.role = ROLE_SERVER;
  finding.app = 'WIREGUARD';
  return FOUND;
}
