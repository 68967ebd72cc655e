import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16, u24 } from '../common/bytes.js';
import { etherTypeLayer, MIN_ETHER_TYPE } from './ether-types.js';
import { LAYER_CONTROL, LAYER_ETHERNET, LAYER_FRAME_RELAY, LAYER_IPV4, LAYER_IPV6, LAYER_PPP } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';
import { UNREAD_OTHER, unread } from './unread.js';

/** Frame relay: Q.922 address, then control, NLPID (RFC 2427 §3) or, as Cisco does, an EtherType. */
const ADDRESS_END = 0x01;
const MIN_ADDRESS_LEN = 2;
const MAX_ADDRESS_LEN = 4;
const CONTROL_UI = 0x03;
const PAD = 0x00;
const SNAP_LEN = 5;

const NLPID_SNAP = 0x80;
const NLPID_IPV4 = 0xcc;
const NLPID_IPV6 = 0x8e;
const NLPID_PPP = 0xcf;
/** Q.933 signalling, CLNP, ES-IS, IS-IS. */
const NLPIDS_CONTROL = [0x08, 0x81, 0x82, 0x83];
/** DLCI 0 and 1023: the link's own management, LMI and its like. */
const DLCI_MANAGEMENT = 1023;

const OUI_ETHERNET = 0x000000;
/** RFC 2427 §4.2: bridged media; 1 and 7 are Ethernet with and without its frame check sequence. */
const OUI_BRIDGED = 0x0080c2;

export function decodeFrameRelay(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  let at = start;
  while (at < limit && at - start < MAX_ADDRESS_LEN && (buf[at]! & ADDRESS_END) === 0) at++;
  if (at >= limit) return truncated(view, TRUNCATED_LINK_HEADER);
  at++;
  const addressLen = at - start;
  if (addressLen < MIN_ADDRESS_LEN || addressLen > MAX_ADDRESS_LEN) return unread(view, UNREAD_OTHER);
  const dlci = ((buf[start]! >> 2) << 4) | (buf[start + 1]! >> 4);
  if (addressLen === MIN_ADDRESS_LEN && (dlci === 0 || dlci === DLCI_MANAGEMENT)) return LAYER_CONTROL;

  if (limit - at < 2) return truncated(view, TRUNCATED_LINK_HEADER);
  if (buf[at] !== CONTROL_UI) {
    const protocol = u16(buf, at);
    view.cursor = at + 2;
    return protocol >= MIN_ETHER_TYPE ? etherTypeLayer(view, protocol) : unread(view, UNREAD_OTHER);
  }
  at++;
  if (buf[at] === PAD) at++;
  if (at >= limit) return truncated(view, TRUNCATED_LINK_HEADER);
  const nlpid = buf[at]!;
  at++;
  view.cursor = at;
  if (nlpid === NLPID_IPV4) return LAYER_IPV4;
  if (nlpid === NLPID_IPV6) return LAYER_IPV6;
  if (nlpid === NLPID_PPP) return LAYER_PPP;
  if (nlpid !== NLPID_SNAP) return NLPIDS_CONTROL.includes(nlpid) ? LAYER_CONTROL : unread(view, UNREAD_OTHER);

  if (limit - at < SNAP_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  const oui = u24(buf, at);
  const protocol = u16(buf, at + 3);
  view.cursor = at + SNAP_LEN;
  if (oui === OUI_ETHERNET) return etherTypeLayer(view, protocol);
  if (oui === OUI_BRIDGED && (protocol === 1 || protocol === 7)) return LAYER_ETHERNET;
  return unread(view, UNREAD_OTHER);
}

/** Frame relay behind a byte that tells the direction (LINKTYPE_FRELAY_WITH_DIR). */
export function decodeFrameRelayWithDirection(view: PacketView): number {
  if (view.limit - view.cursor < 1) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor += 1;
  return LAYER_FRAME_RELAY;
}
