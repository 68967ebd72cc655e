import {
  LAYER_ARISTA_TIMESTAMP,
  LAYER_BROADCOM_LEGACY_TAG,
  LAYER_CISCO_METADATA,
  LAYER_CONTROL,
  LAYER_E_TAG,
  LAYER_EDSA_TAG,
  LAYER_END,
  LAYER_ETHERNET,
  LAYER_FABRIC_PATH,
  LAYER_HSR,
  LAYER_IPV4,
  LAYER_IPV6,
  LAYER_LLC,
  LAYER_MACSEC,
  LAYER_MPLS,
  LAYER_NSH,
  LAYER_PBB,
  LAYER_PPP,
  LAYER_PPPOE,
  LAYER_VLAN,
  LAYER_VNTAG,
} from './layer-ids.js';
import type { PacketView } from './packet-view.js';
import { UNREAD_ETHER_TYPE, UNREAD_OTHER, unread } from './unread.js';

/** Values below are lengths of an IEEE 802.3 frame (IEEE 802.3 §3.2.6). */
export const MIN_ETHER_TYPE = 0x0600;
export const ETHER_TYPE_IPV4 = 0x0800;
export const ETHER_TYPE_IPV6 = 0x86dd;
export const ETHER_TYPE_PBB = 0x88e7;
/** Transparent Ethernet Bridging: an Ethernet frame inside GRE or Geneve (RFC 1701). */
export const ETHER_TYPE_TEB = 0x6558;

/** EtherType to layer id: one load per look-up; LAYER_END for unknown types. */
export const ETHER_TYPES = new Uint8Array(0x10000);

ETHER_TYPES[ETHER_TYPE_IPV4] = LAYER_IPV4;
ETHER_TYPES[ETHER_TYPE_IPV6] = LAYER_IPV6;
// 802.1Q, 802.1ad, and the two values in use for stacked tags before 802.1ad.
ETHER_TYPES[0x8100] = LAYER_VLAN;
ETHER_TYPES[0x88a8] = LAYER_VLAN;
ETHER_TYPES[0x9100] = LAYER_VLAN;
ETHER_TYPES[0x9200] = LAYER_VLAN;
ETHER_TYPES[0x8847] = LAYER_MPLS;
ETHER_TYPES[0x8848] = LAYER_MPLS;
ETHER_TYPES[0x8864] = LAYER_PPPOE;
ETHER_TYPES[0x880b] = LAYER_PPP;
ETHER_TYPES[0x8870] = LAYER_LLC;
ETHER_TYPES[ETHER_TYPE_PBB] = LAYER_PBB;
ETHER_TYPES[0x8903] = LAYER_FABRIC_PATH;
ETHER_TYPES[0x8926] = LAYER_VNTAG;
ETHER_TYPES[0x893f] = LAYER_E_TAG;
ETHER_TYPES[0x894f] = LAYER_NSH;
ETHER_TYPES[ETHER_TYPE_TEB] = LAYER_ETHERNET;
ETHER_TYPES[0x8909] = LAYER_CISCO_METADATA;
ETHER_TYPES[0x892f] = LAYER_HSR;
ETHER_TYPES[0x88e5] = LAYER_MACSEC;
ETHER_TYPES[0xd28b] = LAYER_ARISTA_TIMESTAMP;
ETHER_TYPES[0xdada] = LAYER_EDSA_TAG;
ETHER_TYPES[0x8874] = LAYER_BROADCOM_LEGACY_TAG;

/** EtherTypes of protocols that carry no IP and no traffic of sites. */
const CONTROL_TYPES = [
  // ARP, RARP, AARP, Wake-on-LAN, loopback test, Cisco Discovery on HDLC, IS-IS on HDLC.
  0x0806, 0x8035, 0x80f3, 0x0842, 0x9000, 0x2000, 0xfefe,
  // LLDP, EAPOL and its pre-authentication, PPPoE discovery, slow protocols (LACP), MAC control, CFM, PTP.
  0x88cc, 0x888e, 0x88c7, 0x8863, 0x8809, 0x8808, 0x8902, 0x88f7,
  // MVRP, MMRP, MSRP, PRP and HSR supervision, Realtek and Extreme loop detection, L2 IS-IS, Intel ANS probes.
  0x88f5, 0x88f6, 0x22ea, 0x88fb, 0x8899, 0x9003, 0x22f4, 0x886d,
  // HomePlug, HomePlug AV, IEEE 1905.1, audio and video bridging.
  0x887b, 0x88e1, 0x8912, 0x893a, 0x22f0,
  // Industry: EtherCAT, PROFINET, SERCOS, POWERLINK, GOOSE, GSE, sampled values.
  0x88a4, 0x8892, 0x88cd, 0x88ab, 0x88b8, 0x88b9, 0x88ba,
  // Storage and clusters: FCoE, FIP, ATA over Ethernet, RoCE, TIPC.
  0x8906, 0x8914, 0x88a2, 0x8915, 0x88ca,
  // Other networks: IPX, AppleTalk, DEC's own, SNA, VINES.
  0x8137, 0x8138, 0x809b, 0x6001, 0x6002, 0x6003, 0x6004, 0x6005, 0x6007, 0x8038, 0x8041, 0x80d5, 0x0bad,
];
for (const etherType of CONTROL_TYPES) ETHER_TYPES[etherType] = LAYER_CONTROL;

/** The layer that `etherType` announces; LAYER_END, with the cause in the view, for unknown types and lengths. */
export function etherTypeLayer(view: PacketView, etherType: number): number {
  const layer = ETHER_TYPES[etherType]!;
  if (layer !== LAYER_END) return layer;
  return etherType < MIN_ETHER_TYPE ? unread(view, UNREAD_OTHER) : unread(view, UNREAD_ETHER_TYPE, etherType);
}
