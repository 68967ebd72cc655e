import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { ETHER_TYPE_IPV4, etherTypeLayer, MIN_ETHER_TYPE } from './ether-types.js';
import { isIsl } from './isl.js';
import { LAYER_IPV4, LAYER_ISL, LAYER_LLC } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** Ethernet II and IEEE 802.3 frames, without preamble. */
const ETHER_TYPE = 12;
const HEADER_LEN = 14;

/** Reads the MAC header; a frame check sequence, where the capture holds one, is cut off by the IP length. */
export function decodeEthernet(view: PacketView): number {
  const start = view.cursor;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);

  const etherType = u16(view.buf, start + ETHER_TYPE);
  if (etherType < MIN_ETHER_TYPE && isIsl(view.buf, start)) return LAYER_ISL;
  view.cursor = start + HEADER_LEN;
  if (etherType === ETHER_TYPE_IPV4) return LAYER_IPV4;
  return afterEtherType(view, etherType);
}

/** The layer behind a type-or-length field that ends at the cursor: a length is applied and leads to LLC. */
export function afterEtherType(view: PacketView, typeOrLen: number): number {
  if (typeOrLen >= MIN_ETHER_TYPE) return etherTypeLayer(view, typeOrLen);
  view.narrow(view.cursor + typeOrLen);
  return LAYER_LLC;
}

/** Passes a tag of `tagLen` bytes at the cursor whose last two are the EtherType, or length, of the rest. */
export function afterTag(view: PacketView, tagLen: number): number {
  const end = view.cursor + tagLen;
  if (end > view.limit) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor = end;
  return afterEtherType(view, u16(view.buf, end - 2));
}
