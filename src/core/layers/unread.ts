import { FRAGMENT, type PacketView, TRUNCATED } from './packet-view.js';

/** Why decoding ended above the transport header. READ: it did not. */
export const READ = 0;
/** A control protocol right on IP, such as OSPF: read as far as there is anything to read. */
export const READ_CONTROL = 1;
/** Control traffic of the link, such as ARP or spanning tree: it carries no traffic of sites. */
export const NOT_IP = 2;
/** The value is the LINKTYPE_ number. */
export const UNREAD_LINK_TYPE = 3;
/** The value is the EtherType. */
export const UNREAD_ETHER_TYPE = 4;
/** The value is the IANA protocol number. */
export const UNREAD_IP_PROTOCOL = 5;
/** Encrypted by MACsec, by the WLAN, or in a tunnel (ESP, PPP encryption). */
export const UNREAD_MACSEC = 6;
export const UNREAD_WLAN = 7;
export const UNREAD_TUNNEL = 8;
/** The snapshot length cuts the packet before the end of its transport header. */
const UNREAD_CUT = 9;
/** A fragment of an IP datagram that was never whole. */
export const UNREAD_FRAGMENT = 10;
/** Malformed, or of a protocol that says no more about itself. */
export const UNREAD_OTHER = 11;

/** Names of the causes, by code; part of reports, so they are only ever added. */
export const UNREAD_CAUSES = [
  'none',
  'control',
  'not_ip',
  'unsupported_link_type',
  'unknown_ether_type',
  'unknown_ip_protocol',
  'macsec',
  'encrypted_wlan',
  'encrypted_tunnel',
  'cut_header',
  'incomplete_fragments',
  'other',
] as const;

export type UnreadCause = (typeof UNREAD_CAUSES)[number];

/** Ends decoding for the cause given; `value` is the number that goes with it, 0 for none. Returns LAYER_END. */
export function unread(view: PacketView, cause: number, value = 0): 0 {
  view.unread = cause;
  view.unreadValue = value;
  return 0;
}

/**
 * Why the frame in `view` was not read down to a transport header, READ where it was. Fragments count as read here:
 * FragmentTable counts those whose datagram is never whole.
 */
export function unreadCause(view: PacketView): number {
  const cause = view.unread;
  // The connection outside a tunnel was read; ARP inside it hides nothing.
  if (cause > NOT_IP) return cause;
  if (view.hasTransport || view.status === FRAGMENT || cause === READ_CONTROL) return READ;
  if (cause === NOT_IP) return NOT_IP;
  return view.status === TRUNCATED && view.isCut() ? UNREAD_CUT : UNREAD_OTHER;
}
