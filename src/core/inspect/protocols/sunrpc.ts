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
import { datagramSignature, streamSignature } from './signature.js';

/**
 * ONC RPC (RFC 5531 §9) over UDP, and over TCP behind a record mark (§11): calls of version 2, accepted replies. The
 * program number names the service.
 */
const TYPE = 4;
const CALL = 0;
const REPLY = 1;
const RPC_VERSION = 8;
const PROGRAM = 12;
const PROGRAM_VERSION = 16;
const CALL_LEN = 40;
const REPLY_LEN = 24;
/** Reply: accepted, verifier's flavour and length, status. */
const REPLY_STATE = 8;
const VERIFIER = 12;
const VERIFIER_LEN = 16;
const ACCEPT_STATE = 20;
const MARK_LEN = 4;
const LAST_FRAGMENT = 0x80;
const FIRST_PROGRAM = 100000;
const LAST_PROGRAM = 500000;
const MAX_PROGRAM_VERSION = 20;
const NAMES: Readonly<Record<number, string>> = {
  100000: 'portmap',
  100003: 'nfs',
  100004: 'nis',
  100005: 'mount',
  100021: 'nlm',
  100024: 'nsm',
  100227: 'nfs',
};

/** Calls and replies: a type of 0 or 1. */
const MARK = { at: TYPE, mask: ~1, value: 0, minLen: REPLY_LEN };

export const sunrpcInspector = datagramSignature('sunrpc', null, [111, 2049], inspectUdp, MARK);
export const sunrpcTcpInspector = streamSignature('sunrpc', [LAST_FRAGMENT], inspectTcp);

function inspectUdp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  return inspectRpc(buf, start, end, finding);
}

function inspectTcp(
  buf: Buffer,
  start: number,
  end: number,
  _context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (end - start < MARK_LEN + REPLY_LEN || buf[start + 1]! > 0x10) return NOT_MINE;
  return inspectRpc(buf, start + MARK_LEN, end, finding);
}

function inspectRpc(buf: Buffer, start: number, end: number, finding: Finding): InspectStatus {
  if (end - start < REPLY_LEN || u24(buf, start + TYPE) !== 0) return NOT_MINE;
  const type = buf[start + TYPE + 3]!;
  if (type === CALL) {
    if (end - start < CALL_LEN || u32(buf, start + RPC_VERSION) !== 2) return NOT_MINE;
    const program = u32(buf, start + PROGRAM);
    if (program < FIRST_PROGRAM || program > LAST_PROGRAM) return NOT_MINE;
    if (u32(buf, start + PROGRAM_VERSION) > MAX_PROGRAM_VERSION) return NOT_MINE;
    finding.protocol = NAMES[program] ?? '';
    finding.role = ROLE_CLIENT;
    return FOUND;
  }
  if (type !== REPLY || u32(buf, start + REPLY_STATE) !== 0) return NOT_MINE;
  const verifierLen = u32(buf, start + VERIFIER_LEN);
  if (u32(buf, start + VERIFIER) > 6 || verifierLen > 400 || end - start < REPLY_LEN + verifierLen) return NOT_MINE;
  if (u32(buf, start + ACCEPT_STATE + verifierLen) > 5) return NOT_MINE;
  finding.role = ROLE_SERVER;
  return FOUND;
}
