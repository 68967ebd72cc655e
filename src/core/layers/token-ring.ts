import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { LAYER_LLC } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';
import { NOT_IP, unread } from './unread.js';

/** Token ring (IEEE 802.5): access control, frame control, two addresses, source route where the source says so. */
const FRAME_CONTROL = 1;
const SRC_ADDR = 8;
const HEADER_LEN = 14;

/** Frame type 01 of the frame control: an LLC frame; 00 manages the ring. */
const FRAME_TYPE_MASK = 0xc0;
const FRAME_TYPE_LLC = 0x40;
/** First bit of the source address: a routing information field follows, whose first byte holds its length. */
const ROUTE_PRESENT = 0x80;
const ROUTE_LENGTH_MASK = 0x1f;

export function decodeTokenRing(view: PacketView): number {
  const { buf, cursor: start } = view;
  const left = view.limit - start;
  if (left < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  if ((buf[start + FRAME_CONTROL]! & FRAME_TYPE_MASK) !== FRAME_TYPE_LLC) return unread(view, NOT_IP);
  let headerLen = HEADER_LEN;
  if ((buf[start + SRC_ADDR]! & ROUTE_PRESENT) !== 0) {
    if (left < HEADER_LEN + 1) return truncated(view, TRUNCATED_LINK_HEADER);
    headerLen += buf[start + HEADER_LEN]! & ROUTE_LENGTH_MASK;
  }
  if (left < headerLen) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor = start + headerLen;
  return LAYER_LLC;
}
