import { TOO_MANY_LAYERS, UNSUPPORTED_LINK_TYPE } from '../common/anomaly.js';
import { decodeAh } from './ah.js';
import { decodeArcnet, decodeArcnetLinux } from './arcnet.js';
import { decodeAristaTimestamp } from './arista-timestamp.js';
import { decodeAyiya } from './ayiya.js';
import { decodeCapwap } from './capwap.js';
import { decodeCiscoMetadata } from './cisco-metadata.js';
import { decodeControl, decodeOtherIp } from './control-traffic.js';
import { decodeErspan } from './erspan.js';
import { decodeEtherIp } from './ether-ip.js';
import { decodeEthernet } from './ethernet.js';
import { decodeFddi } from './fddi.js';
import { decodeFrameRelay, decodeFrameRelayWithDirection } from './frame-relay.js';
import { decodeGeneve } from './geneve.js';
import { decodeGre, decodePptp, decodeWccp } from './gre.js';
import { decodeGtpU } from './gtp-u.js';
import { decodeHdlc, decodeHdlcWithDirection } from './hdlc.js';
import { decodeIcmp, decodeIcmpv6 } from './icmp.js';
import { decodeIeee80211 } from './ieee80211.js';
import { decodeIpOverFc, decodeIpOverIeee1394 } from './ip-over-bus.js';
import { decodeIpv4 } from './ipv4.js';
import { decodeIpv6 } from './ipv6.js';
import { decodeIpv6Extension, decodeIpv6Fragment } from './ipv6-extensions.js';
import { decodeIpv6Routing } from './ipv6-routing.js';
import { decodeIsl } from './isl.js';
import { decodeL2tp } from './l2tp.js';
import * as id from './layer-ids.js';
import { linkLayer } from './link-types.js';
import { decodeLlc } from './llc.js';
import { decodeMacsec } from './macsec.js';
import { decodeMpls } from './mpls.js';
import { decodeNflog } from './nflog.js';
import { decodeNsh } from './nsh.js';
import { decodeEnc, decodeLoop, decodeNull } from './null-loopback.js';
import { type DecodeLayer, malformed, type PacketView, unsupported } from './packet-view.js';
import { decodePim } from './pim.js';
import { decodeDccp, decodeSctp, decodeUdpLite } from './ports.js';
import { decodePpi } from './ppi.js';
import { decodePpp, decodePppWithDirection } from './ppp.js';
import { decodePppoe } from './pppoe.js';
import { decodeAvs, decodePrism } from './prism.js';
import { decodeETag, decodeFabricPath, decodePbb, decodeVntag } from './provider-tags.js';
import {
  decodeAtmClassicalIp,
  decodeIpnet,
  decodeIpOverInfiniband,
  decodeJuniperEthernet,
  decodePktap,
} from './pseudo-headers.js';
import { decodeRadiotap } from './radiotap.js';
import { decodeRawIp } from './raw-ip.js';
import { decodeHsr } from './redundancy.js';
import { decodeSll, decodeSll2 } from './sll.js';
import {
  decodeBroadcomLegacyTag,
  decodeEdsa,
  decodeEdsaTag,
  decodePrependedTag,
  decodeSwitchTag,
} from './switch-tags.js';
import { decodeTcp } from './tcp.js';
import { decodeTeredo } from './teredo.js';
import { decodeTokenRing } from './token-ring.js';
import { decodeUdp } from './udp.js';
import { UNREAD_LINK_TYPE, unread } from './unread.js';
import { decodeVlan } from './vlan.js';
import { decodeVxlan } from './vxlan.js';

/** Deeper nesting than real traffic shows; ends packets that nest without end. */
const MAX_LAYERS = 32;

function end(): number {
  return id.LAYER_END;
}

/** Layer id to function. */
const LAYERS: DecodeLayer[] = new Array<DecodeLayer>(id.LAYER_COUNT).fill(end);

LAYERS[id.LAYER_ETHERNET] = decodeEthernet;
LAYERS[id.LAYER_VLAN] = decodeVlan;
LAYERS[id.LAYER_IPV4] = decodeIpv4;
LAYERS[id.LAYER_IPV6] = decodeIpv6;
LAYERS[id.LAYER_TCP] = decodeTcp;
LAYERS[id.LAYER_UDP] = decodeUdp;
LAYERS[id.LAYER_ICMP] = decodeIcmp;
LAYERS[id.LAYER_ICMPV6] = decodeIcmpv6;
LAYERS[id.LAYER_SCTP] = decodeSctp;
LAYERS[id.LAYER_RAW_IP] = decodeRawIp;
LAYERS[id.LAYER_NULL] = decodeNull;
LAYERS[id.LAYER_LLC] = decodeLlc;
LAYERS[id.LAYER_MPLS] = decodeMpls;
LAYERS[id.LAYER_PPPOE] = decodePppoe;
LAYERS[id.LAYER_PPP] = decodePpp;
LAYERS[id.LAYER_HDLC] = decodeHdlc;
LAYERS[id.LAYER_SLL] = decodeSll;
LAYERS[id.LAYER_SLL2] = decodeSll2;
LAYERS[id.LAYER_RADIOTAP] = decodeRadiotap;
LAYERS[id.LAYER_IEEE80211] = decodeIeee80211;
LAYERS[id.LAYER_PPI] = decodePpi;
LAYERS[id.LAYER_FDDI] = decodeFddi;
LAYERS[id.LAYER_NFLOG] = decodeNflog;
LAYERS[id.LAYER_GRE] = decodeGre;
LAYERS[id.LAYER_ERSPAN] = decodeErspan;
LAYERS[id.LAYER_VXLAN] = decodeVxlan;
LAYERS[id.LAYER_GENEVE] = decodeGeneve;
LAYERS[id.LAYER_GTP_U] = decodeGtpU;
LAYERS[id.LAYER_TEREDO] = decodeTeredo;
LAYERS[id.LAYER_L2TP] = decodeL2tp;
LAYERS[id.LAYER_AH] = decodeAh;
LAYERS[id.LAYER_AYIYA] = decodeAyiya;
LAYERS[id.LAYER_CAPWAP] = decodeCapwap;
LAYERS[id.LAYER_PPP_IN_PPTP] = decodePptp;
LAYERS[id.LAYER_LOOP] = decodeLoop;
LAYERS[id.LAYER_OTHER_IP] = decodeOtherIp;
LAYERS[id.LAYER_DCCP] = decodeDccp;
LAYERS[id.LAYER_UDP_LITE] = decodeUdpLite;
LAYERS[id.LAYER_IPV6_EXTENSION] = decodeIpv6Extension;
LAYERS[id.LAYER_IPV6_FRAGMENT] = decodeIpv6Fragment;
LAYERS[id.LAYER_PBB] = decodePbb;
LAYERS[id.LAYER_VNTAG] = decodeVntag;
LAYERS[id.LAYER_FABRIC_PATH] = decodeFabricPath;
LAYERS[id.LAYER_NSH] = decodeNsh;
LAYERS[id.LAYER_ETHER_IP] = decodeEtherIp;
LAYERS[id.LAYER_PRISM] = decodePrism;
LAYERS[id.LAYER_AVS] = decodeAvs;
LAYERS[id.LAYER_ENC] = decodeEnc;
LAYERS[id.LAYER_WCCP] = decodeWccp;
LAYERS[id.LAYER_PPP_WITH_DIRECTION] = decodePppWithDirection;
LAYERS[id.LAYER_HDLC_WITH_DIRECTION] = decodeHdlcWithDirection;
LAYERS[id.LAYER_IP_OVER_IEEE1394] = decodeIpOverIeee1394;
LAYERS[id.LAYER_IP_OVER_FC] = decodeIpOverFc;
LAYERS[id.LAYER_CONTROL] = decodeControl;
LAYERS[id.LAYER_CISCO_METADATA] = decodeCiscoMetadata;
LAYERS[id.LAYER_HSR] = decodeHsr;
LAYERS[id.LAYER_E_TAG] = decodeETag;
LAYERS[id.LAYER_EDSA_TAG] = decodeEdsaTag;
LAYERS[id.LAYER_BROADCOM_LEGACY_TAG] = decodeBroadcomLegacyTag;
LAYERS[id.LAYER_ARISTA_TIMESTAMP] = decodeAristaTimestamp;
LAYERS[id.LAYER_MACSEC] = decodeMacsec;
LAYERS[id.LAYER_ISL] = decodeIsl;
LAYERS[id.LAYER_TOKEN_RING] = decodeTokenRing;
LAYERS[id.LAYER_ARCNET] = decodeArcnet;
LAYERS[id.LAYER_ARCNET_LINUX] = decodeArcnetLinux;
LAYERS[id.LAYER_FRAME_RELAY] = decodeFrameRelay;
LAYERS[id.LAYER_FRAME_RELAY_WITH_DIRECTION] = decodeFrameRelayWithDirection;
LAYERS[id.LAYER_SWITCH_TAG] = decodeSwitchTag;
LAYERS[id.LAYER_EDSA] = decodeEdsa;
LAYERS[id.LAYER_PREPENDED_TAG] = decodePrependedTag;
LAYERS[id.LAYER_IPNET] = decodeIpnet;
LAYERS[id.LAYER_IP_OVER_INFINIBAND] = decodeIpOverInfiniband;
LAYERS[id.LAYER_PKTAP] = decodePktap;
LAYERS[id.LAYER_JUNIPER_ETHERNET] = decodeJuniperEthernet;
LAYERS[id.LAYER_ATM_CLASSICAL_IP] = decodeAtmClassicalIp;
LAYERS[id.LAYER_IPV6_ROUTING] = decodeIpv6Routing;
LAYERS[id.LAYER_PIM] = decodePim;

/**
 * Reads the header of one layer; returns the id of the next. The layers of nearly every packet are called by name,
 * which lets the engine inline them; the others by table.
 */
export function decodeLayer(view: PacketView, layer: number): number {
  if (layer === id.LAYER_ETHERNET) return decodeEthernet(view);
  if (layer === id.LAYER_IPV4) return decodeIpv4(view);
  if (layer === id.LAYER_TCP) return decodeTcp(view);
  if (layer === id.LAYER_UDP) return decodeUdp(view);
  if (layer === id.LAYER_IPV6) return decodeIpv6(view);
  return LAYERS[layer]!(view);
}

/**
 * Takes a frame apart, from the layer of its link type inwards, into the view that `reset` pointed at it. Never throws:
 * `view.status` and `view.anomaly` tell the fault, and all that was read before it stands.
 */
export function decodeFrame(view: PacketView, linkType: number): void {
  let next = linkLayer(linkType);
  if (next === id.LAYER_END) {
    unread(view, UNREAD_LINK_TYPE, linkType);
    unsupported(view, UNSUPPORTED_LINK_TYPE);
    return;
  }
  for (let depth = 0; depth < MAX_LAYERS; depth++) {
    next = decodeLayer(view, next);
    if (next === id.LAYER_END) return;
  }
  malformed(view, TOO_MANY_LAYERS);
}
