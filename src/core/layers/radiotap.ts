import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16le, u32le } from '../common/bytes.js';
import { decodeIeee80211, decodePaddedIeee80211 } from './ieee80211.js';
import { malformed, type PacketView, truncated } from './packet-view.js';

/** radiotap.org header, little-endian: version, pad, length, presence words, fields. */
const LENGTH = 2;
const PRESENT = 4;
const HEADER_LEN = 8;

const PRESENT_TSFT = 0x01;
const PRESENT_FLAGS = 0x02;
const PRESENT_ANOTHER_WORD = 0x80000000;
const TSFT_LEN = 8;

const FLAG_FCS_AT_END = 0x10;
const FLAG_DATA_PAD = 0x20;
const FCS_LEN = 4;

/** Passes the header, and reads the flags that say whether a check sequence or padding is in the frame. */
export function decodeRadiotap(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  const headerLen = u16le(buf, start + LENGTH);
  if (headerLen < HEADER_LEN) return malformed(view, TRUNCATED_LINK_HEADER);
  if (headerLen > limit - start) return truncated(view, TRUNCATED_LINK_HEADER);

  const flags = readFlags(buf, start, start + headerLen);
  view.cursor = start + headerLen;
  if ((flags & FLAG_FCS_AT_END) !== 0) dropFrameCheckSequence(view);
  return (flags & FLAG_DATA_PAD) !== 0 ? decodePaddedIeee80211(view) : decodeIeee80211(view);
}

/** Lowers the limit by the four bytes of a check sequence, or by those that the capture holds. */
function dropFrameCheckSequence(view: PacketView): void {
  const end = view.limit + view.missingLen - FCS_LEN;
  if (end >= view.cursor) view.narrow(end);
}

/** The Flags field is the second one, behind the 64-bit timer if that is there. 0 when absent. */
function readFlags(buf: Buffer, start: number, end: number): number {
  const present = u32le(buf, start + PRESENT);
  if ((present & PRESENT_FLAGS) === 0) return 0;
  let at = start + PRESENT;
  while (at + 4 <= end && (u32le(buf, at) & PRESENT_ANOTHER_WORD) !== 0) at += 4;
  at += 4;
  if ((present & PRESENT_TSFT) !== 0) {
    // Fields are aligned to their size, counted from the header's start.
    at = start + ((at - start + TSFT_LEN - 1) & -TSFT_LEN) + TSFT_LEN;
  }
  return at < end ? buf[at]! : 0;
}
