import { u16, u32 } from '../../common/bytes.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { datagramSignature, isOn, streamSignature } from './signature.js';

/**
 * OpenVPN's hard resets, which open a session: plain, with tls-auth (an HMAC before the counters) and with tls-crypt.
 * Over TCP a length of two bytes comes first.
 */
const PORT = 1194;
const RESET_CLIENT_V1 = 0x08;
const RESET_CLIENT_V2 = 0x38;
const RESET_SERVER_V2 = 0x40;
const RESET_CLIENT_V3 = 0x50;
/** Opcode and session id. */
const SESSION_END = 9;
/** Client, plain: no acknowledgement, message 0. */
const PLAIN_LEN = 14;
/** Server, plain: one acknowledgement, the client's session id, message 0. */
const PLAIN_ANSWER_LEN = 26;
/** Lengths of HMAC: MD5, SHA-1, SHA-256, SHA-512. */
const HMAC_LENS = [16, 20, 32, 64];
const TLS_CRYPT_LEN = 54;
const MAX_CLOCK_ERROR_S = 3 * 86400;

export const openvpnInspector = datagramSignature(
  'openvpn',
  [RESET_CLIENT_V1, RESET_CLIENT_V2, RESET_SERVER_V2, RESET_CLIENT_V3],
  [PORT],
  inspectUdp,
);
export const openvpnTcpInspector = streamSignature('openvpn', [0], inspectTcp);

function inspectUdp(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  return inspectReset(buf, start, end, context, finding);
}

function inspectTcp(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (end - start < 2 + PLAIN_LEN || u16(buf, start) !== end - start - 2) return NOT_MINE;
  return inspectReset(buf, start + 2, end, context, finding);
}

function inspectReset(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const opcode = buf[start]!;
  const isServer = opcode === RESET_SERVER_V2;
  if (!isServer && opcode !== RESET_CLIENT_V1 && opcode !== RESET_CLIENT_V2 && opcode !== RESET_CLIENT_V3)
    return NOT_MINE;
  const len = end - start;
  const plainLen = isServer ? PLAIN_ANSWER_LEN : PLAIN_LEN;
  const isFound =
    (len === plainLen && isOpening(buf, start + SESSION_END, isServer)) ||
    hasHmac(buf, start, len, plainLen, isServer) ||
    isTlsCrypt(buf, start, len, isOn(context, PORT), context.tsMicros);
  if (!isFound) return NOT_MINE;
  finding.role = isServer ? ROLE_SERVER : ROLE_CLIENT;
  finding.app = 'OPENVPN';
  return FOUND;
}

/** Acknowledgements and message id at `at`. */
function isOpening(buf: Buffer, at: number, isServer: boolean): boolean {
  if (!isServer) return buf[at] === 0 && u32(buf, at + 1) === 0;
  return buf[at] === 1 && u32(buf, at + 1) === 0 && u32(buf, at + 13) === 0;
}

/** Packet id 1, then the time of day, which must be the packet's where the port is another. */
function isTlsCrypt(buf: Buffer, start: number, len: number, isPort: boolean, tsMicros: number): boolean {
  if (len < TLS_CRYPT_LEN || u32(buf, start + SESSION_END) !== 1) return false;
  return isPort || Math.abs(u32(buf, start + SESSION_END + 4) - tsMicros / 1e6) < MAX_CLOCK_ERROR_S;
}

function hasHmac(buf: Buffer, start: number, len: number, plainLen: number, isServer: boolean): boolean {
  // Behind the HMAC: packet id 1 and the time of day.
  const hmacLen = len - plainLen - 8;
  if (!HMAC_LENS.includes(hmacLen)) return false;
  const at = start + SESSION_END + hmacLen;
  return u32(buf, at) === 1 && isOpening(buf, at + 8, isServer);
}
