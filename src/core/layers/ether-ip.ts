import { TRUNCATED_TUNNEL_HEADER } from '../common/anomaly.js';
import { LAYER_END, LAYER_ETHERNET } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** Ethernet within IP (RFC 3378 §2): version 3 in the first nibble, the rest zero. */
const HEADER_LEN = 2;
const VERSION_3 = 3;

export function decodeEtherIp(view: PacketView): number {
  const start = view.cursor;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  if (view.buf[start]! >> 4 !== VERSION_3) return LAYER_END;
  view.cursor = start + HEADER_LEN;
  return LAYER_ETHERNET;
}
