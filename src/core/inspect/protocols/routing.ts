import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/**
 * Routing and redundancy protocols on their UDP ports: RIP (RFC 2453), RIPng (RFC 2080), HSRP (RFC 2281), GLBP, BFD
 * (RFC 5880), OLSR (RFC 3626), Babel (RFC 8966), AODV (RFC 3561) and Cisco's Auto-RP.
 */
const RIP_HEADER_LEN = 4;
const RIP_ENTRY_LEN = 20;
const HSRP_V1_LEN = 20;
const HSRP_V2_GROUP = 1;
const HSRP_V2_GROUP_LEN = 40;
const BFD_LEN = 24;
const BFD_LENGTH = 3;
const BFD_VERSION = 1;
/** Length and number of the packet, then messages: type, validity, length with this header, originator and so on. */
const OLSR_HEADER_LEN = 4;
const OLSR_MESSAGE_LENGTH = OLSR_HEADER_LEN + 2;
const OLSR_MESSAGE_HEADER_LEN = 12;
const BABEL_MAGIC = 42;
const BABEL_VERSION = 2;
const BABEL_LENGTH = 2;
const BABEL_HEADER_LEN = 4;
const AODV_REQUEST = 1;
const AODV_REQUEST_LEN = 24;
const AODV_REPLY = 2;
const AODV_REPLY_LEN = 20;
const AODV_ERROR = 3;
const AODV_DESTINATIONS = 3;
const AODV_HEADER_LEN = 4;
const AODV_DESTINATION_LEN = 8;
const AODV_ACKNOWLEDGMENT = 4;
const AODV_ACKNOWLEDGMENT_LEN = 2;
/** Version 1 in the upper half, announcement or mapping in the lower. */
const AUTO_RP_ANNOUNCEMENT = 0x11;
const AUTO_RP_MAPPING = 0x12;
const AUTO_RP_COUNT = 1;
const AUTO_RP_HEADER_LEN = 8;
const AUTO_RP_POINT_LEN = 6;

export const ripInspector = portSignature('rip', 17, [520], inspectRip);
export const ripngInspector = portSignature('ripng', 17, [521], inspectRip);
export const hsrpInspector = portSignature('hsrp', 17, [1985, 2029], inspectHsrp);
export const glbpInspector = portSignature('glbp', 17, [3222], inspectGlbp);
export const bfdInspector = portSignature('bfd', 17, [3784, 4784, 6784, 7784], inspectBfd);
export const olsrInspector = portSignature('olsr', 17, [698], inspectOlsr);
export const babelInspector = portSignature('babel', 17, [6696, 6697], inspectBabel);
export const aodvInspector = portSignature('aodv', 17, [654], inspectAodv);
export const autoRpInspector = portSignature('auto-rp', 17, [496], inspectAutoRp);
/** What an echo packet holds is its sender's affair (RFC 5881 §4). */
export const bfdEchoInspector = portSignature('bfd', 17, [3785], inspectEcho);

function inspectRip(buf: Buffer, start: number, end: number): InspectStatus {
  const command = buf[start]!;
  const version = buf[start + 1]!;
  if (end - start < RIP_HEADER_LEN + RIP_ENTRY_LEN || command === 0 || command > 10 || version === 0 || version > 2) {
    return NOT_MINE;
  }
  return (end - start - RIP_HEADER_LEN) % RIP_ENTRY_LEN === 0 ? FOUND : NOT_MINE;
}

function inspectHsrp(buf: Buffer, start: number, end: number): InspectStatus {
  if (buf[start] === HSRP_V2_GROUP) return buf[start + 1] === HSRP_V2_GROUP_LEN ? FOUND : NOT_MINE;
  return end - start >= HSRP_V1_LEN && buf[start] === 0 && buf[start + 1]! <= 3 ? FOUND : NOT_MINE;
}

function inspectGlbp(buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 12 && buf[start] === 1 && u16(buf, start + 2) < 0x0400 ? FOUND : NOT_MINE;
}

function inspectEcho(_buf: Buffer, start: number, end: number): InspectStatus {
  return end - start >= 8 ? FOUND : NOT_MINE;
}

function inspectBfd(buf: Buffer, start: number, end: number): InspectStatus {
  if (end - start < BFD_LEN || buf[start]! >> 5 !== BFD_VERSION) return NOT_MINE;
  const len = buf[start + BFD_LENGTH]!;
  return len >= BFD_LEN && len <= end - start ? FOUND : NOT_MINE;
}

function inspectOlsr(buf: Buffer, start: number, end: number): InspectStatus {
  const len = end - start;
  if (len < OLSR_HEADER_LEN + OLSR_MESSAGE_HEADER_LEN || u16(buf, start) !== len) return NOT_MINE;
  const messageLen = u16(buf, start + OLSR_MESSAGE_LENGTH);
  return messageLen >= OLSR_MESSAGE_HEADER_LEN && messageLen <= len - OLSR_HEADER_LEN ? FOUND : NOT_MINE;
}

function inspectBabel(buf: Buffer, start: number, end: number): InspectStatus {
  const len = end - start;
  if (len < BABEL_HEADER_LEN || buf[start] !== BABEL_MAGIC || buf[start + 1] !== BABEL_VERSION) return NOT_MINE;
  return u16(buf, start + BABEL_LENGTH) <= len - BABEL_HEADER_LEN ? FOUND : NOT_MINE;
}

function inspectAodv(buf: Buffer, start: number, end: number): InspectStatus {
  const len = end - start;
  const type = buf[start]!;
  if (type === AODV_REQUEST) return len >= AODV_REQUEST_LEN ? FOUND : NOT_MINE;
  if (type === AODV_REPLY) return len >= AODV_REPLY_LEN ? FOUND : NOT_MINE;
  if (type === AODV_ACKNOWLEDGMENT) return len === AODV_ACKNOWLEDGMENT_LEN ? FOUND : NOT_MINE;
  if (type !== AODV_ERROR || len < AODV_HEADER_LEN) return NOT_MINE;
  const count = buf[start + AODV_DESTINATIONS]!;
  return count > 0 && len >= AODV_HEADER_LEN + count * AODV_DESTINATION_LEN ? FOUND : NOT_MINE;
}

function inspectAutoRp(buf: Buffer, start: number, end: number): InspectStatus {
  const type = buf[start]!;
  const count = buf[start + AUTO_RP_COUNT]!;
  if (type !== AUTO_RP_ANNOUNCEMENT && type !== AUTO_RP_MAPPING) return NOT_MINE;
  return count > 0 && end - start >= AUTO_RP_HEADER_LEN + count * AUTO_RP_POINT_LEN ? FOUND : NOT_MINE;
}
