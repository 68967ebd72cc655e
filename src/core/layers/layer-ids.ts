/** Ids by which layers name their successor. 0 ends decoding. The table from id to function is `registry.ts`. */
export const LAYER_END = 0;
export const LAYER_ETHERNET = 1;
export const LAYER_VLAN = 2;
export const LAYER_IPV4 = 3;
export const LAYER_IPV6 = 4;
export const LAYER_TCP = 5;
export const LAYER_UDP = 6;
export const LAYER_ICMP = 7;
export const LAYER_ICMPV6 = 8;
export const LAYER_SCTP = 9;
/** Raw IP: the version nibble tells 4 from 6. */
export const LAYER_RAW_IP = 10;
export const LAYER_NULL = 11;
export const LAYER_LLC = 12;
export const LAYER_MPLS = 13;
export const LAYER_PPPOE = 14;
export const LAYER_PPP = 15;
export const LAYER_HDLC = 16;
export const LAYER_SLL = 17;
export const LAYER_SLL2 = 18;
export const LAYER_RADIOTAP = 19;
export const LAYER_IEEE80211 = 20;
export const LAYER_PPI = 21;
export const LAYER_FDDI = 22;
export const LAYER_NFLOG = 23;
export const LAYER_GRE = 24;
export const LAYER_ERSPAN = 25;
export const LAYER_VXLAN = 26;
export const LAYER_GENEVE = 27;
export const LAYER_GTP_U = 28;
export const LAYER_TEREDO = 29;
export const LAYER_L2TP = 30;
export const LAYER_AH = 31;
export const LAYER_AYIYA = 32;
export const LAYER_CAPWAP = 33;
export const LAYER_PPP_IN_PPTP = 34;
export const LAYER_LOOP = 35;
/** An IP payload without a transport that we take apart. */
export const LAYER_OTHER_IP = 36;
export const LAYER_DCCP = 37;
export const LAYER_UDP_LITE = 38;
/** Hop-by-hop, destination options, mobility, HIP and Shim6: all have the same length rule. */
export const LAYER_IPV6_EXTENSION = 39;
export const LAYER_IPV6_FRAGMENT = 40;
export const LAYER_PBB = 41;
export const LAYER_VNTAG = 42;
export const LAYER_FABRIC_PATH = 43;
export const LAYER_NSH = 44;
export const LAYER_ETHER_IP = 45;
export const LAYER_PRISM = 46;
export const LAYER_AVS = 47;
export const LAYER_ENC = 48;
export const LAYER_WCCP = 49;
/** PPP and Cisco HDLC behind a pseudo-header byte that tells the direction. */
export const LAYER_PPP_WITH_DIRECTION = 50;
export const LAYER_HDLC_WITH_DIRECTION = 51;
export const LAYER_IP_OVER_IEEE1394 = 52;
export const LAYER_IP_OVER_FC = 53;
/** Control traffic of the link: nothing in it to read. */
export const LAYER_CONTROL = 54;
export const LAYER_CISCO_METADATA = 55;
export const LAYER_HSR = 56;
export const LAYER_E_TAG = 57;
export const LAYER_EDSA_TAG = 58;
export const LAYER_BROADCOM_LEGACY_TAG = 59;
export const LAYER_ARISTA_TIMESTAMP = 60;
export const LAYER_MACSEC = 61;
export const LAYER_ISL = 62;
export const LAYER_TOKEN_RING = 63;
export const LAYER_ARCNET = 64;
export const LAYER_ARCNET_LINUX = 65;
export const LAYER_FRAME_RELAY = 66;
export const LAYER_FRAME_RELAY_WITH_DIRECTION = 67;
/** Marvell DSA and Broadcom tags as link types; EDSA and the tag in front of the frame. */
export const LAYER_SWITCH_TAG = 68;
export const LAYER_EDSA = 69;
export const LAYER_PREPENDED_TAG = 70;
export const LAYER_IPNET = 71;
export const LAYER_IP_OVER_INFINIBAND = 72;
export const LAYER_PKTAP = 73;
export const LAYER_JUNIPER_ETHERNET = 74;
export const LAYER_ATM_CLASSICAL_IP = 75;
export const LAYER_IPV6_ROUTING = 76;
export const LAYER_PIM = 77;
/** How many ids there are. */
export const LAYER_COUNT = 78;
