import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16, u24 } from '../common/bytes.js';
import { ETHER_TYPE_PBB } from './ether-types.js';
import { afterEtherType, afterTag } from './ethernet.js';
import { LAYER_ETHERNET } from './layer-ids.js';
import { networkNumber, type PacketView, PBB_NETWORK, truncated } from './packet-view.js';

/** IEEE 802.1ah I-tag: flags and service identifier, customer addresses, EtherType. */
const PBB_SERVICE = 1;
const PBB_ETHER_TYPE = 16;
const PBB_HEADER_LEN = 18;

/** Cisco VN-Tag: interface identifiers, EtherType. IEEE 802.1BR E-tag: priority, port identifiers, EtherType. */
const VNTAG_LEN = 6;
const E_TAG_LEN = 8;

/** Cisco FabricPath: forwarding tag and TTL between the outer and the inner MAC header. */
const FABRIC_PATH_HEADER_LEN = 2;

/** Provider backbone bridging. Nested I-tags are passed here, so that a long stack is one layer. */
export function decodePbb(view: PacketView): number {
  let start = view.cursor;
  for (;;) {
    if (view.limit - start < PBB_HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
    const etherType = u16(view.buf, start + PBB_ETHER_TYPE);
    view.enterNetwork(networkNumber(PBB_NETWORK, u24(view.buf, start + PBB_SERVICE)));
    start += PBB_HEADER_LEN;
    if (etherType === ETHER_TYPE_PBB) continue;
    view.cursor = start;
    return afterEtherType(view, etherType);
  }
}

export function decodeVntag(view: PacketView): number {
  return afterTag(view, VNTAG_LEN);
}

export function decodeETag(view: PacketView): number {
  return afterTag(view, E_TAG_LEN);
}

export function decodeFabricPath(view: PacketView): number {
  const start = view.cursor;
  if (view.limit - start < FABRIC_PATH_HEADER_LEN) {
    return truncated(view, TRUNCATED_LINK_HEADER);
  }
  view.cursor = start + FABRIC_PATH_HEADER_LEN;
  return LAYER_ETHERNET;
}
