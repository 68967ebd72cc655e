import { setHost } from '../http/authority.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type Inspector,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
} from '../inspector.js';

/**
 * What a client sends to a SOCKS proxy before the connection proper: the request of versions 4 and 4A, the greeting
 * and the request of version 5 (RFC 1928), mostly one segment each. The host in a request names the connection. User
 * name and password (RFC 1929) and the proxy's replies are not read.
 */
const VERSION = 0;
const COMMAND = 1;

const SOCKS_4 = 4;
const V4_USER = 8;
const MAX_USER_LEN = 255;

const SOCKS_5 = 5;
const V5_METHOD_COUNT = 1;
const V5_METHODS = 2;
const V5_RESERVED = 2;
const V5_ADDRESS_TYPE = 3;
const V5_ADDRESS = 4;
const PORT_LEN = 2;

const CONNECT = 1;
const BIND = 2;
const UDP_ASSOCIATE = 3;
const ADDRESS_IPV4 = 1;
const ADDRESS_NAME = 3;
const ADDRESS_IPV6 = 4;

export const socksInspector: Inspector = {
  name: 'socks',
  ipProto: 6,
  firstBytes: [SOCKS_4, SOCKS_5],
  ports: [1080],
  maxBufferedLen: 0,
  continues: false,
  wraps: true,
  inspect,
};

function inspect(buf: Buffer, start: number, end: number, _context: InspectContext, finding: Finding): InspectStatus {
  const messageEnd =
    buf[start + VERSION] === SOCKS_4
      ? readRequest4(buf, start, end, finding)
      : Math.max(readRequest5(buf, start, end, finding), endOfGreeting(buf, start, end));
  if (messageEnd < 0) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  finding.consumedEnd = messageEnd;
  return FOUND;
}

/** Command, port, address, user name and NUL; version 4A has the address 0.0.0.x and a host name and NUL behind it. */
function readRequest4(buf: Buffer, start: number, end: number, finding: Finding): number {
  if (end - start <= V4_USER) return -1;
  const command = buf[start + COMMAND]!;
  if (command !== CONNECT && command !== BIND) return -1;
  const userEnd = endOfText(buf, start + V4_USER, end);
  const at = start + V4_USER - 4;
  const isNamed = buf[at] === 0 && buf[at + 1] === 0 && buf[at + 2] === 0 && buf[at + 3] !== 0;
  if (userEnd < 0 || !isNamed) return userEnd;
  const nameEnd = endOfText(buf, userEnd, end);
  if (nameEnd <= userEnd + 1) return -1;
  setHost(buf, userEnd, nameEnd - 1, finding);
  return nameEnd;
}

/** Offset behind the NUL of a text, -1 when there is none or the text is not printable. */
function endOfText(buf: Buffer, start: number, end: number): number {
  for (let at = start; at < end && at - start <= MAX_USER_LEN; at++) {
    if (buf[at] === 0) return at + 1;
    if (buf[at]! < 0x20 || buf[at] === 0x7f) return -1;
  }
  return -1;
}

/** The greeting alone, or with the request behind it. */
function endOfGreeting(buf: Buffer, start: number, end: number): number {
  if (end - start <= V5_METHODS) return -1;
  const methodsEnd = start + V5_METHODS + buf[start + V5_METHOD_COUNT]!;
  if (methodsEnd > end || methodsEnd === start + V5_METHODS) return -1;
  for (let at = start + V5_METHODS; at < methodsEnd; at++) {
    // Registered methods end at 9; 0x80 to 0xfe are for private ones.
    if (buf[at]! > 9 && (buf[at]! < 0x80 || buf[at] === 0xff)) return -1;
  }
  if (methodsEnd === end) return methodsEnd;
  return buf[methodsEnd] === SOCKS_5 && endOfRequest5(buf, methodsEnd, end) > 0 ? methodsEnd : -1;
}

function endOfRequest5(buf: Buffer, start: number, end: number): number {
  if (end - start <= V5_ADDRESS || buf[start + V5_RESERVED] !== 0) return -1;
  const command = buf[start + COMMAND]!;
  if (command < CONNECT || command > UDP_ASSOCIATE) return -1;
  const type = buf[start + V5_ADDRESS_TYPE]!;
  let addressLen = 0;
  if (type === ADDRESS_IPV4) addressLen = 4;
  else if (type === ADDRESS_IPV6) addressLen = 16;
  else if (type === ADDRESS_NAME && buf[start + V5_ADDRESS]! > 0) addressLen = 1 + buf[start + V5_ADDRESS]!;
  else return -1;
  const requestEnd = start + V5_ADDRESS + addressLen + PORT_LEN;
  return requestEnd <= end ? requestEnd : -1;
}

/** The end of the request, whose host becomes the finding's name; -1 for other bytes. */
function readRequest5(buf: Buffer, start: number, end: number, finding: Finding): number {
  const requestEnd = endOfRequest5(buf, start, end);
  if (requestEnd > 0 && buf[start + V5_ADDRESS_TYPE] === ADDRESS_NAME) {
    setHost(buf, start + V5_ADDRESS + 1, requestEnd - PORT_LEN, finding);
  }
  return requestEnd;
}
