import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { afterTag } from './ethernet.js';
import { type PacketView, truncated } from './packet-view.js';
import { UNREAD_OTHER, unread } from './unread.js';

/** Arista time stamp behind EtherType 0xd28b: subtype, version, time in 64 or 48 bits, EtherType. */
const SUBTYPE = 0;
const VERSION = 2;
const FIXED_LEN = 4;
const ETHER_TYPE_LEN = 2;

const SUBTYPE_TIMESTAMP = 1;
/** Low byte of the version: 64 or 48 bits of time. The high byte tells TAI from UTC. */
const VERSION_MASK = 0x00ff;
const VERSION_64_BITS = 0x10;
const VERSION_48_BITS = 0x20;

export function decodeAristaTimestamp(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < FIXED_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  if (u16(buf, start + SUBTYPE) !== SUBTYPE_TIMESTAMP) return unread(view, UNREAD_OTHER);
  const version = u16(buf, start + VERSION) & VERSION_MASK;
  if (version === VERSION_64_BITS) return afterTag(view, FIXED_LEN + 8 + ETHER_TYPE_LEN);
  if (version === VERSION_48_BITS) return afterTag(view, FIXED_LEN + 6 + ETHER_TYPE_LEN);
  return unread(view, UNREAD_OTHER);
}
