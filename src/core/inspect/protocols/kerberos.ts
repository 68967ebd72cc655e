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
import { berLen, berValue } from './ber.js';
import { datagramSignature, streamSignature } from './signature.js';

/** Kerberos 5 messages (RFC 4120 §5, §7.2) over UDP, and over TCP behind their length. */
const LENGTH_LEN = 4;
/** Application tags of the messages, from AS-REQ to KRB-ERROR. */
const AS_REQ = 0x6a;
const AS_REP = 0x6b;
const TGS_REQ = 0x6c;
const TGS_REP = 0x6d;
const AP_REQ = 0x6e;
const KRB_ERROR = 0x7e;
const SEQUENCE = 0x30;
/** [0] or [1], holding INTEGER 5: the protocol version. */
const PVNO_LEN = 5;

export const kerberosInspector = datagramSignature(
  'kerberos',
  [AS_REQ, AS_REP, TGS_REQ, TGS_REP, AP_REQ, KRB_ERROR],
  [88, 464],
  inspectUdp,
);
export const kerberosTcpInspector = streamSignature('kerberos', [0], inspectTcp);

function inspectUdp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  return inspectMessage(buf, start, end, finding);
}

function inspectTcp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < LENGTH_LEN + 12 || u32(buf, start) > 0xffffff) return NOT_MINE;
  return inspectMessage(buf, start + LENGTH_LEN, end, finding);
}

function inspectMessage(buf: Buffer, start: number, end: number, finding: Finding): InspectStatus {
  const tag = buf[start]!;
  const isRequest = tag === AS_REQ || tag === TGS_REQ;
  if (!isRequest && tag !== AS_REP && tag !== TGS_REP && tag !== AP_REQ && tag !== KRB_ERROR) return NOT_MINE;
  if (berLen(buf, start, end) < 0) return NOT_MINE;
  const sequence = berValue(buf, start);
  if (sequence >= end || buf[sequence] !== SEQUENCE || berLen(buf, sequence, end) < 0) return NOT_MINE;
  const pvno = berValue(buf, sequence);
  if (pvno + PVNO_LEN > end || buf[pvno] !== (isRequest ? 0xa1 : 0xa0)) return NOT_MINE;
  if (buf[pvno + 1] !== 3 || buf[pvno + 2] !== 2 || buf[pvno + 3] !== 1 || buf[pvno + 4] !== 5) return NOT_MINE;
  finding.role = isRequest || tag === AP_REQ ? ROLE_CLIENT : ROLE_SERVER;
  return FOUND;
}
