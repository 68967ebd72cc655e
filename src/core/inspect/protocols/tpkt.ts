import { u16 } from '../../common/bytes.js';
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
import { isOn, streamSignature } from './signature.js';

/**
 * TPKT (RFC 1006) and what lies in it: X.224 connection requests of RDP (MS-RDPBCGR §2.2.1.1), S7 and OSI sessions over
 * ISO transport, Q.931 call signalling of H.323 (H.225.0).
 */
const VERSION = 3;
const LENGTH = 2;
const HEADER_LEN = 4;
const LENGTH_INDICATOR = 4;
const TPDU = 5;
const CONNECTION_REQUEST = 0xe0;
const CONNECTION_CONFIRM = 0xd0;
const DATA = 0xf0;
/** Behind the fixed part of a connection request or confirmation. */
const VARIABLE_PART = 11;
const NEGOTIATION_LEN = 8;
const NEGOTIATION_REQUEST = 1;
const NEGOTIATION_FAILURE = 3;
const Q931 = 0x08;
const S7 = 0x32;
const S7_PLUS = 0x72;
const SESSION_CONNECT = 0x0d;
const SESSION_ACCEPT = 0x0e;
const ISO_PORT = 102;
const RDP_PORT = 3389;

export const tpktInspector = streamSignature('tpkt', [VERSION], inspectTpkt);

function inspectTpkt(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < HEADER_LEN + 3 || buf[start + 1] !== 0) return NOT_MINE;
  const len = u16(buf, start + LENGTH);
  if (len < HEADER_LEN + 3 || (len > end - start && end - start < 500)) return NOT_MINE;
  if (buf[start + HEADER_LEN] === Q931 && buf[start + HEADER_LEN + 1] === 2) {
    finding.protocol = 'h225';
    return FOUND;
  }
  const type = buf[start + TPDU]!;
  const headerLen = buf[start + LENGTH_INDICATOR]!;
  if (type === DATA && headerLen === 2) return inspectData(buf, start + HEADER_LEN + 3, end, context, finding);
  if ((type !== CONNECTION_REQUEST && type !== CONNECTION_CONFIRM) || headerLen + 5 !== len) return NOT_MINE;
  const isRdp =
    begins(buf, start + VARIABLE_PART, end, 'Cookie: ') ||
    isNegotiation(buf, start + len - NEGOTIATION_LEN, start, end);
  finding.role = type === CONNECTION_REQUEST ? ROLE_CLIENT : ROLE_SERVER;
  // Elsewhere the first data tells whose ISO transport it is.
  if (!isRdp && !(isOn(context, RDP_PORT) && len === VARIABLE_PART)) return NOT_MINE;
  finding.protocol = 'rdp';
  return FOUND;
}

function inspectData(buf: Buffer, at: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  const first = buf[at];
  if (first === S7) finding.protocol = 's7comm';
  else if (first === S7_PLUS) finding.protocol = 's7comm-plus';
  else if ((first === SESSION_CONNECT || first === SESSION_ACCEPT) && isOn(context, ISO_PORT))
    finding.protocol = 'iso-session';
  else return NOT_MINE;
  return at + 2 < end ? FOUND : NOT_MINE;
}

/** RDP_NEG_REQ, RDP_NEG_RSP or RDP_NEG_FAILURE: type, flags, length 8, protocols. */
function isNegotiation(buf: Buffer, at: number, start: number, end: number): boolean {
  if (at < start + VARIABLE_PART || at + NEGOTIATION_LEN > end) return false;
  const type = buf[at]!;
  if (type < NEGOTIATION_REQUEST || type > NEGOTIATION_FAILURE) return false;
  return buf[at + 2] === NEGOTIATION_LEN && buf[at + 3] === 0 && buf[at + 5] === 0 && buf[at + 6] === 0;
}
