import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { etherTypeLayer } from './ether-types.js';
import { LAYER_LLC } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** Apple's IP over IEEE 1394 (LINKTYPE_APPLE_IP_OVER_IEEE1394): two 64-bit addresses, EtherType. */
const IEEE1394_ETHER_TYPE = 16;
const IEEE1394_HEADER_LEN = 18;

/** IP over Fibre Channel (RFC 2625 §3.1): two 64-bit network addresses, then LLC/SNAP. */
const FC_HEADER_LEN = 16;

export function decodeIpOverIeee1394(view: PacketView): number {
  const start = view.cursor;
  if (view.limit - start < IEEE1394_HEADER_LEN) {
    return truncated(view, TRUNCATED_LINK_HEADER);
  }
  view.cursor = start + IEEE1394_HEADER_LEN;
  return etherTypeLayer(view, u16(view.buf, start + IEEE1394_ETHER_TYPE));
}

export function decodeIpOverFc(view: PacketView): number {
  const start = view.cursor;
  if (view.limit - start < FC_HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor = start + FC_HEADER_LEN;
  return LAYER_LLC;
}
