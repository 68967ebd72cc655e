import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { etherTypeLayer } from './ether-types.js';
import { LAYER_HDLC, LAYER_PPP } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** Cisco HDLC: address, control, EtherType. */
const ADDRESS = 0;
const PROTOCOL = 2;
const HEADER_LEN = 4;

/** PPP in HDLC-like framing shares the link type with Cisco HDLC. */
const PPP_ADDRESS = 0xff;

export function decodeHdlc(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  if (buf[start + ADDRESS] === PPP_ADDRESS) return LAYER_PPP;

  const protocol = u16(buf, start + PROTOCOL);
  view.cursor = start + HEADER_LEN;
  return etherTypeLayer(view, protocol);
}

/** Cisco HDLC behind a byte that tells the direction (LINKTYPE_C_HDLC_WITH_DIR). */
export function decodeHdlcWithDirection(view: PacketView): number {
  if (view.limit - view.cursor < 1) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor += 1;
  return LAYER_HDLC;
}
