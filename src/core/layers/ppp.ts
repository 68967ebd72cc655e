import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { LAYER_CONTROL, LAYER_HDLC, LAYER_IPV4, LAYER_IPV6, LAYER_MPLS, LAYER_PPP } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';
import { UNREAD_OTHER, UNREAD_TUNNEL, unread } from './unread.js';

/** PPP (RFC 1661 §2), with the HDLC-like address and control bytes of RFC 1662 §3.1 where they are there. */
const ADDRESS_ALL_STATIONS = 0xff;
const CONTROL_UI = 0x03;
const ADDRESS_CONTROL_LEN = 2;

const PROTOCOL_IPV4 = 0x0021;
const PROTOCOL_IPV6 = 0x0057;
const PROTOCOL_MPLS_UNICAST = 0x0281;
const PROTOCOL_MPLS_MULTICAST = 0x0283;

/** Compressed datagrams (RFC 1962, MPPE of RFC 3078 too) and encrypted ones (RFC 1968). */
const PROTOCOL_COMPRESSED = 0x00fd;
const PROTOCOL_ENCRYPTED = 0x0053;
/** Network control, link control and authentication (RFC 1661 §2). */
const FIRST_CONTROL_PROTOCOL = 0x8000;

/** First bytes of Cisco HDLC, which captures also label as PPP. */
const HDLC_UNICAST = 0x0f;
const HDLC_MULTICAST = 0x8f;

/** Reads the protocol field, compressed to one byte or not (RFC 1661 §6.5): the low bit tells where it ends. */
export function decodePpp(view: PacketView): number {
  const { buf, limit } = view;
  let at = view.cursor;
  if (limit - at < 2) return truncated(view, TRUNCATED_LINK_HEADER);
  const first = buf[at]!;
  if ((first === HDLC_UNICAST || first === HDLC_MULTICAST) && buf[at + 1] === 0) return LAYER_HDLC;
  if (first === ADDRESS_ALL_STATIONS && buf[at + 1] === CONTROL_UI) at += ADDRESS_CONTROL_LEN;

  if (at >= limit) return truncated(view, TRUNCATED_LINK_HEADER);
  let protocol = buf[at]!;
  at += 1;
  if ((protocol & 1) === 0) {
    if (at >= limit) return truncated(view, TRUNCATED_LINK_HEADER);
    protocol = (protocol << 8) | buf[at]!;
    at += 1;
  }
  view.cursor = at;
  if (protocol === PROTOCOL_IPV4) return LAYER_IPV4;
  if (protocol === PROTOCOL_IPV6) return LAYER_IPV6;
  if (protocol === PROTOCOL_MPLS_UNICAST || protocol === PROTOCOL_MPLS_MULTICAST) return LAYER_MPLS;
  if (protocol >= FIRST_CONTROL_PROTOCOL) return LAYER_CONTROL;
  return unread(
    view,
    protocol === PROTOCOL_COMPRESSED || protocol === PROTOCOL_ENCRYPTED ? UNREAD_TUNNEL : UNREAD_OTHER,
  );
}

/** PPP behind a byte that tells the direction (LINKTYPE_PPP_PPPD, LINKTYPE_PPP_WITH_DIR). */
export function decodePppWithDirection(view: PacketView): number {
  // pppd puts the direction in place of the address byte; the control byte then follows.
  const { buf, cursor: start } = view;
  if (view.limit - start < 2) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor = start + (buf[start + 1] === CONTROL_UI ? ADDRESS_CONTROL_LEN : 1);
  return LAYER_PPP;
}
