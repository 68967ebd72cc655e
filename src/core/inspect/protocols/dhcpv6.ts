import { u16 } from '../../common/bytes.js';
import { FOUND, type InspectStatus, NOT_MINE } from '../inspector.js';
import { portSignature } from './signature.js';

/** DHCPv6 (RFC 8415 §8) on its ports: message type, transaction id, options that fill the datagram. */
const LAST_TYPE = 36;
const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;
const HEADER_LEN = 4;
const RELAY_HEADER_LEN = 34;

export const dhcpv6Inspector = portSignature('dhcpv6', 17, [546, 547], inspectDhcpv6);

function inspectDhcpv6(buf: Buffer, start: number, end: number): InspectStatus {
  const type = buf[start]!;
  if (type === 0 || type > LAST_TYPE) return NOT_MINE;
  let at = start + (type === RELAY_FORWARD || type === RELAY_REPLY ? RELAY_HEADER_LEN : HEADER_LEN);
  while (at + 4 <= end) at += 4 + u16(buf, at + 2);
  return at === end ? FOUND : NOT_MINE;
}
