import type { PacketView } from './packet-view.js';
import { NOT_IP, READ_CONTROL, UNREAD_IP_PROTOCOL, UNREAD_TUNNEL, unread } from './unread.js';

/** Encapsulating Security Payload (RFC 4303). */
const ESP = 50;

/** Protocols on IP that carry no connection of a user (IANA protocol numbers). */
const IP_CONTROL = new Uint8Array(256);

// IGMP, GGP, ST, EGP, IGP, RSVP, NHRP, IPv6 no next header, EIGRP, OSPF, PIM, VRRP, PGM, IS-IS over IPv4.
for (const proto of [2, 3, 5, 8, 9, 46, 54, 59, 88, 89, 103, 112, 113, 124]) IP_CONTROL[proto] = 1;
// HIP, Shim6 and mobility headers without a payload behind them.
for (const proto of [135, 139, 140]) IP_CONTROL[proto] = 1;

/** Control traffic of the link ends here. */
export function decodeControl(view: PacketView): number {
  return unread(view, NOT_IP);
}

/** An IP payload without a layer: control protocols count as read, ESP as encrypted, others by their number. */
export function decodeOtherIp(view: PacketView): number {
  const proto = view.ipProto;
  if (IP_CONTROL[proto] === 1) return unread(view, READ_CONTROL);
  return proto === ESP ? unread(view, UNREAD_TUNNEL) : unread(view, UNREAD_IP_PROTOCOL, proto);
}
