import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { ETHER_TYPE_IPV4, ETHER_TYPES, MIN_ETHER_TYPE } from './ether-types.js';
import { LAYER_IPV4, LAYER_LLC } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** Ethernet II and IEEE 802.3 frames, without preamble. */
const ETHER_TYPE = 12;
const HEADER_LEN = 14;

/** Reads the MAC header; a frame check sequence, where the capture holds one, is cut off by the IP length. */
export function decodeEthernet(view: PacketView): number {
  const start = view.cursor;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);

  const etherType = u16(view.buf, start + ETHER_TYPE);
  view.cursor = start + HEADER_LEN;
  if (etherType === ETHER_TYPE_IPV4) return LAYER_IPV4;
  return afterEtherType(view, etherType);
}

/** The layer behind a type-or-length field that ends at the cursor: a length is applied and leads to LLC. */
export function afterEtherType(view: PacketView, typeOrLen: number): number {
  if (typeOrLen >= MIN_ETHER_TYPE) return ETHER_TYPES[typeOrLen]!;
  view.narrow(view.cursor + typeOrLen);
  return LAYER_LLC;
}
