import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/**
 * Routing and redundancy protocols on their UDP ports: RIP (RFC 2453), RIPng (RFC 2080), HSRP (RFC 2281), GLBP, BFD
 * (RFC 5880).
 */
const RIP_HEADER_LEN = 4;
const RIP_ENTRY_LEN = 20;
const HSRP_V1_LEN = 20;
const HSRP_V2_GROUP = 1;
const HSRP_V2_GROUP_LEN = 40;
const BFD_LEN = 24;
const BFD_LENGTH = 3;
const BFD_VERSION = 1;

export const ripInspector = portSignature('rip', 17, [520], inspectRip);
export const ripngInspector = portSignature('ripng', 17, [521], inspectRip);
export const hsrpInspector = portSignature('hsrp', 17, [1985, 2029], inspectHsrp);
export const glbpInspector = portSignature('glbp', 17, [3222], inspectGlbp);
export const bfdInspector = portSignature('bfd', 17, [3784, 4784, 6784, 7784], inspectBfd);
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
