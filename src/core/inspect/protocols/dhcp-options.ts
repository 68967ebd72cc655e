import { u32 } from '../../common/bytes.js';

/** DHCP (RFC 2131 §2): the fixed fields, then options (RFC 2132). */
const TRANSACTION_ID = 4;
const CLIENT_ADDRESS = 12;
const YOUR_ADDRESS = 16;
const COOKIE = 236;
const MAGIC_COOKIE = 0x63825363;
const OPTIONS = 240;
const PAD = 0;
const ROUTER = 3;
const HOST_NAME = 12;
const MESSAGE_TYPE = 53;
const SERVER_IDENTIFIER = 54;
/** RFC 4702 §2: flags and two codes that are no longer used, then the name. */
const CLIENT_DOMAIN_NAME = 81;
const DOMAIN_START = 3;
const WIRE_FORM = 4;
const END = 255;
const ADDRESS_LEN = 4;

/** Message types (RFC 2132 §9.6). */
export const DHCP_REQUEST = 3;
export const DHCP_ACK = 5;
export const DHCP_INFORM = 8;

/** What a DHCP message tells of hosts. Addresses are IPv4 words, 0 for none; offsets are -1 where absent. */
export class DhcpMessage {
  /** DHCP_*; 0 for BOOTP. */
  type = 0;
  transactionId = 0;
  /** The address that the client uses, and the one that the server gives. */
  clientAddress = 0;
  yourAddress = 0;
  router = 0;
  server = 0;
  hostNameStart = -1;
  hostNameEnd = -1;
  /** The client's fully qualified name, in wire form without compression or (deprecated) as text. */
  domainStart = -1;
  domainEnd = -1;
  isWireForm = false;
}

/** Reads the message in `buf[start, end)`; false for bytes that are none. Options behind damage stay unread. */
export function readDhcp(buf: Buffer, start: number, end: number, into: DhcpMessage): boolean {
  if (end - start < OPTIONS || u32(buf, start + COOKIE) !== MAGIC_COOKIE) return false;
  into.type = 0;
  into.transactionId = u32(buf, start + TRANSACTION_ID);
  into.clientAddress = buf.readInt32BE(start + CLIENT_ADDRESS);
  into.yourAddress = buf.readInt32BE(start + YOUR_ADDRESS);
  into.router = 0;
  into.server = 0;
  into.hostNameStart = -1;
  into.hostNameEnd = -1;
  into.domainStart = -1;
  into.domainEnd = -1;
  for (let at = start + OPTIONS; at < end; ) {
    const code = buf[at++]!;
    if (code === PAD) continue;
    if (code === END || at >= end) break;
    const len = buf[at++]!;
    if (at + len > end) break;
    readOption(buf, code, at, len, into);
    at += len;
  }
  return true;
}

function readOption(buf: Buffer, code: number, at: number, len: number, into: DhcpMessage): void {
  if (code === MESSAGE_TYPE && len === 1) into.type = buf[at]!;
  else if (code === ROUTER && len >= ADDRESS_LEN) into.router = buf.readInt32BE(at);
  else if (code === SERVER_IDENTIFIER && len === ADDRESS_LEN) into.server = buf.readInt32BE(at);
  else if (code === HOST_NAME && len > 0) {
    into.hostNameStart = at;
    into.hostNameEnd = at + len;
  } else if (code === CLIENT_DOMAIN_NAME && len > DOMAIN_START) {
    into.domainStart = at + DOMAIN_START;
    into.domainEnd = at + len;
    into.isWireForm = (buf[at]! & WIRE_FORM) !== 0;
  }
}
