import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { afterTag } from './ethernet.js';
import { type PacketView, truncated } from './packet-view.js';
import { UNREAD_MACSEC, UNREAD_OTHER, unread } from './unread.js';

/** MACsec SecTAG behind its EtherType (IEEE 802.1AE §9.3): flags, short length, packet number, channel identifier. */
const FLAGS = 0;
const SHORT_LENGTH = 1;
const SHORT_LENGTH_MASK = 0x3f;
const MIN_LEN = 6;
const CHANNEL_ID_LEN = 8;
const ETHER_TYPE_LEN = 2;

const VERSION = 0x80;
const CHANNEL_ID_PRESENT = 0x20;
/** E: encrypted. C: changed, which needs the key too. */
const ENCRYPTED_OR_CHANGED = 0x0c;

/** Integrity without encryption leaves the frame readable; the check value behind it lies beyond the IP length. */
export function decodeMacsec(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < MIN_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  const flags = buf[start + FLAGS]!;
  if ((flags & VERSION) !== 0) return unread(view, UNREAD_OTHER);
  if ((flags & ENCRYPTED_OR_CHANGED) !== 0) return unread(view, UNREAD_MACSEC);
  const tagLen = MIN_LEN + ((flags & CHANNEL_ID_PRESENT) !== 0 ? CHANNEL_ID_LEN : 0);
  // Secure data shorter than 48 bytes states its length, which leaves out the padding (§9.7).
  const shortLen = buf[start + SHORT_LENGTH]! & SHORT_LENGTH_MASK;
  if (shortLen !== 0) view.narrow(start + tagLen + shortLen);
  return afterTag(view, tagLen + ETHER_TYPE_LEN);
}
