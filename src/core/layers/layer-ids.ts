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
/** Hop-by-hop, routing, destination options, mobility, HIP and Shim6: all have the same length rule. */
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
/** How many ids there are. */
export const LAYER_COUNT = 54;
