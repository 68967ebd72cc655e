import { TRUNCATED_TUNNEL_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { LAYER_CONTROL, LAYER_PPP } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** PPP over Ethernet (RFC 2516 §4). */
const VERSION_TYPE = 0;
const CODE = 1;
const LENGTH = 4;
const HEADER_LEN = 6;

const VERSION_1_TYPE_1 = 0x11;
const CODE_SESSION = 0;

/** Session data; discovery packets (another EtherType, or a code) end here. */
export function decodePppoe(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  if (buf[start + VERSION_TYPE] !== VERSION_1_TYPE_1 || buf[start + CODE] !== CODE_SESSION) return LAYER_CONTROL;

  view.cursor = start + HEADER_LEN;
  view.narrow(view.cursor + u16(buf, start + LENGTH));
  return LAYER_PPP;
}
