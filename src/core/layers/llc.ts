import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16, u24 } from '../common/bytes.js';
import { etherTypeLayer } from './ether-types.js';
import { LAYER_CONTROL, LAYER_ETHERNET, LAYER_IPV4 } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';
import { UNREAD_OTHER, unread } from './unread.js';

/** IEEE 802.2 LLC header and its SNAP extension (RFC 1042). */
const DSAP = 0;
const CONTROL = 2;
const UNNUMBERED_LEN = 3;
const SNAP_OUI = 3;
const SNAP_PROTOCOL = 6;
const SNAP_LEN = 8;

const SAP_IP = 0x06;
const SAP_SNAP = 0xaa;
const CONTROL_UI = 0x03;
/** Null, SNA, spanning tree, Novell (0xff without LLC too), NetBIOS, HP extended, ISO networks. */
const SAPS_CONTROL = [0x00, 0x04, 0x42, 0xe0, 0xff, 0xf0, 0xf8, 0xfc, 0xfe];

/** Encapsulated Ethernet: the protocol is an EtherType. 00-00-F8 is the same for bridged IPX and AppleTalk. */
const OUI_ETHERNET = 0x000000;
const OUI_BRIDGE_TUNNEL = 0x0000f8;
/** RFC 2684 §5.2: bridged media; 1 and 7 are Ethernet with and without its frame check sequence. */
const OUI_BRIDGED = 0x0080c2;
const BRIDGED_PAD_LEN = 2;
/** Discovery and control of Cisco, Extreme, Nortel and AppleTalk. */
const OUIS_CONTROL = [0x00000c, 0x00e02b, 0x000081, 0x080007];

export function decodeLlc(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < UNNUMBERED_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  if (buf[start + CONTROL] !== CONTROL_UI) return LAYER_CONTROL;

  const sap = buf[start + DSAP]!;
  if (sap === SAP_IP) {
    view.cursor = start + UNNUMBERED_LEN;
    return LAYER_IPV4;
  }
  if (sap !== SAP_SNAP) return SAPS_CONTROL.includes(sap) ? LAYER_CONTROL : unread(view, UNREAD_OTHER);
  if (limit - start < SNAP_LEN) return truncated(view, TRUNCATED_LINK_HEADER);

  const oui = u24(buf, start + SNAP_OUI);
  const protocol = u16(buf, start + SNAP_PROTOCOL);
  view.cursor = start + SNAP_LEN;
  if (oui === OUI_ETHERNET || oui === OUI_BRIDGE_TUNNEL) {
    return etherTypeLayer(view, protocol);
  }
  if (oui === OUI_BRIDGED && (protocol === 1 || protocol === 7)) {
    view.cursor += BRIDGED_PAD_LEN;
    return LAYER_ETHERNET;
  }
  return OUIS_CONTROL.includes(oui) || oui === OUI_BRIDGED ? LAYER_CONTROL : unread(view, UNREAD_OTHER);
}
