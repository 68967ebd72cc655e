import { u32 } from '../common/bytes.js';
import { decodeSwappedIeee80211 } from './ieee80211.js';
import { LAYER_END, LAYER_ETHERNET, LAYER_IEEE80211 } from './layer-ids.js';
import type { PacketView } from './packet-view.js';

/** CAPWAP data channel (RFC 5415 §4.3): preamble, lengths and flags in the first word, fragment in the second. */
const FIRST_WORD = 0;
const MIN_HEADER_LEN = 8;

/** Version 0 and type 0 (a header in the clear) make the preamble zero; type 1 is DTLS. */
const PREAMBLE_SHIFT = 24;
const HEADER_WORDS_SHIFT = 19;
const BINDING_SHIFT = 9;
const FIVE_BITS = 0x1f;
const FLAG_NATIVE_FRAME = 0x100;
const FLAG_FRAGMENT = 0x080;
const FLAG_KEEP_ALIVE = 0x008;
const BINDING_IEEE80211 = 1;
const IEEE80211_VERSION_MASK = 0x03;

/** User frames in the clear and in one piece; keep-alives, fragments and DTLS end here. */
export function decodeCapwap(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start <= MIN_HEADER_LEN) return LAYER_END;
  const word = u32(buf, start + FIRST_WORD);
  const headerLen = ((word >>> HEADER_WORDS_SHIFT) & FIVE_BITS) * 4;
  if (word >>> PREAMBLE_SHIFT !== 0 || (word & (FLAG_FRAGMENT | FLAG_KEEP_ALIVE)) !== 0) return LAYER_END;
  if (headerLen < MIN_HEADER_LEN || headerLen >= limit - start) return LAYER_END;

  view.cursor = start + headerLen;
  if ((word & FLAG_NATIVE_FRAME) === 0) return LAYER_ETHERNET;
  if (((word >>> BINDING_SHIFT) & FIVE_BITS) !== BINDING_IEEE80211) return LAYER_END;
  // Lenient: Cisco swaps the bytes of the header's fields. The version in the low bits of the first is 0 in order.
  if ((buf[view.cursor]! & IEEE80211_VERSION_MASK) !== 0) return decodeSwappedIeee80211(view);
  return LAYER_IEEE80211;
}
