import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { LAYER_CONTROL, LAYER_END, LAYER_LLC } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';
import { UNREAD_WLAN, unread } from './unread.js';

/** IEEE 802.11 MAC header (IEEE 802.11-2020 §9.2.3). */
/** 16-bit fields, least significant byte first; the frame control's second byte is the flags. */
const FRAME_CONTROL = 0;
const FLAGS = 1;
const SEQUENCE_CONTROL = 22;
const BASIC_LEN = 24;
const ADDRESS4_LEN = 6;
const QOS_LEN = 2;
const HT_CONTROL_LEN = 4;

const IN_ORDER = 0;
const SWAPPED = 1;

const VERSION_MASK = 0x03;
const TYPE_MASK = 0x0c;
const TYPE_DATA = 0x08;
const SUBTYPE_NO_DATA = 0x40;
const SUBTYPE_QOS = 0x80;

const FLAGS_BOTH_DS = 0x03;
const FLAG_MORE_FRAGMENTS = 0x04;
const FLAG_PROTECTED = 0x40;
const FLAG_ORDER = 0x80;
const FRAGMENT_NUMBER_MASK = 0x0f;
const QOS_AMSDU_PRESENT = 0x80;

/** A-MSDU subframe header (§9.3.2.2.2): two addresses and a length. */
const AMSDU_LENGTH = 12;
const AMSDU_HEADER_LEN = 14;

/** Data frames in the clear lead to LLC; of an A-MSDU the first subframe is read. Everything else ends here. */
export function decodeIeee80211(view: PacketView): number {
  return decodeMacHeader(view, IN_ORDER, false);
}

/** The same with the header padded to a multiple of four bytes, as some drivers hand it over. */
export function decodePaddedIeee80211(view: PacketView): number {
  return decodeMacHeader(view, IN_ORDER, true);
}

/** The same with the bytes of each 16-bit field swapped, as Cisco access points send it. */
export function decodeSwappedIeee80211(view: PacketView): number {
  return decodeMacHeader(view, SWAPPED, false);
}

/** `order` is 1 where the two bytes of each field are swapped, else 0. */
function decodeMacHeader(view: PacketView, order: number, padded: boolean): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < 2) return truncated(view, TRUNCATED_LINK_HEADER);
  const control = buf[start + FRAME_CONTROL + order]!;
  const flags = buf[start + FLAGS - order]!;
  if ((control & (VERSION_MASK | TYPE_MASK)) !== TYPE_DATA || (control & SUBTYPE_NO_DATA) !== 0) return LAYER_CONTROL;
  if ((flags & FLAG_PROTECTED) !== 0) return unread(view, UNREAD_WLAN);
  if (limit - start < BASIC_LEN) return truncated(view, TRUNCATED_LINK_HEADER);

  let at = start + BASIC_LEN;
  if ((flags & FLAGS_BOTH_DS) === FLAGS_BOTH_DS) at += ADDRESS4_LEN;
  let aggregated = false;
  if ((control & SUBTYPE_QOS) !== 0) {
    if (limit - at < QOS_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
    aggregated = (buf[at + order]! & QOS_AMSDU_PRESENT) !== 0;
    at += QOS_LEN;
    if ((flags & FLAG_ORDER) !== 0) at += HT_CONTROL_LEN;
  }
  if (padded) at = start + ((at - start + 3) & ~3);

  // A fragment after the first has no LLC header; the first one's IP header is there, its payload is not whole.
  if ((buf[start + SEQUENCE_CONTROL + order]! & FRAGMENT_NUMBER_MASK) !== 0) return LAYER_END;
  if ((flags & FLAG_MORE_FRAGMENTS) !== 0 && aggregated) return LAYER_END;

  if (aggregated) {
    if (limit - at < AMSDU_HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
    const length = u16(buf, at + AMSDU_LENGTH);
    at += AMSDU_HEADER_LEN;
    view.narrow(at + length);
  }
  if (at > view.limit) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor = at;
  return LAYER_LLC;
}
