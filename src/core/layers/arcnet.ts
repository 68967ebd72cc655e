import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { LAYER_CONTROL, LAYER_IPV4, LAYER_IPV6 } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';
import { UNREAD_OTHER, unread } from './unread.js';

/**
 * ARCnet (RFC 1201 §2): source, destination, protocol, then split flag and sequence number. Linux
 * (LINKTYPE_ARCNET_LINUX) adds a two-byte offset before the protocol.
 */
const BSD_PROTOCOL = 2;
const LINUX_PROTOCOL = 4;
/** From the protocol byte on. */
const SPLIT_FLAG = 1;
const SHORT_LEN = 1;
const LONG_LEN = 4;

/** In the split flag's place: four bytes of an exception frame, and then the fields. */
const EXCEPTION = 0xff;
const EXCEPTION_LEN = 4;

/** Protocols of RFC 1201, and of RFC 1051, which has no split flag. */
const PROTOCOL_IP = 212;
const PROTOCOL_ARP = 213;
const PROTOCOL_RARP = 214;
const PROTOCOL_IPV6 = 196;
const PROTOCOL_OLD_IP = 240;
const PROTOCOL_OLD_ARP = 241;

export function decodeArcnet(view: PacketView): number {
  return decodeAt(view, view.cursor + BSD_PROTOCOL);
}

export function decodeArcnetLinux(view: PacketView): number {
  return decodeAt(view, view.cursor + LINUX_PROTOCOL);
}

/** Packets in one piece are read, and the first of several pieces; the others have no header. */
function decodeAt(view: PacketView, protocolAt: number): number {
  const { buf, limit } = view;
  if (limit - protocolAt < SHORT_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  const protocol = buf[protocolAt]!;
  if (protocol === PROTOCOL_OLD_IP) {
    view.cursor = protocolAt + SHORT_LEN;
    return LAYER_IPV4;
  }
  if (protocol === PROTOCOL_OLD_ARP || protocol === PROTOCOL_ARP || protocol === PROTOCOL_RARP) return LAYER_CONTROL;
  if (protocol !== PROTOCOL_IP && protocol !== PROTOCOL_IPV6) return unread(view, UNREAD_OTHER);

  let at = protocolAt;
  if (limit - at < LONG_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  if (buf[at + SPLIT_FLAG] === EXCEPTION) at += EXCEPTION_LEN;
  if (limit - at < LONG_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  const splitFlag = buf[at + SPLIT_FLAG]!;
  // 0: whole. Odd: the first piece, which tells the number of pieces. Even: a later one (§2.3).
  if (splitFlag !== 0 && (splitFlag & 1) === 0) return unread(view, UNREAD_OTHER);
  view.cursor = at + LONG_LEN;
  return protocol === PROTOCOL_IP ? LAYER_IPV4 : LAYER_IPV6;
}
