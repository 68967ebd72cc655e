import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16le, u32le } from '../common/bytes.js';
import { LAYER_END } from './layer-ids.js';
import { linkLayer } from './link-types.js';
import { malformed, type PacketView, truncated } from './packet-view.js';
import { UNREAD_LINK_TYPE, unread } from './unread.js';

/** CACE Per-Packet Information header, little-endian: version, flags, length, link type of the frame. */
const LENGTH = 2;
const LINK_TYPE = 4;
const HEADER_LEN = 8;

export function decodePpi(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  const headerLen = u16le(buf, start + LENGTH);
  if (headerLen < HEADER_LEN) return malformed(view, TRUNCATED_LINK_HEADER);
  if (headerLen > limit - start) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor = start + headerLen;
  const linkType = u32le(buf, start + LINK_TYPE);
  const next = linkLayer(linkType);
  return next === LAYER_END ? unread(view, UNREAD_LINK_TYPE, linkType) : next;
}
