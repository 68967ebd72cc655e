import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16, u16le } from '../common/bytes.js';
import { LAYER_END, LAYER_RAW_IP } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** Linux netfilter log messages (LINKTYPE_NFLOG): a header, then attributes. */
const VERSION = 1;
const HEADER_LEN = 4;

/** Attribute: length with this header, and type, both in the byte order of the capturing machine; padded to 4. */
const ATTRIBUTE_LENGTH = 0;
const ATTRIBUTE_TYPE = 2;
const ATTRIBUTE_HEADER_LEN = 4;
const TYPE_PAYLOAD = 9;
/** Types are small numbers: a larger one means the other byte order. */
const MAX_TYPE = 0xff;

/** Goes to the IP packet in the payload attribute; a message without one ends decoding. */
export function decodeNflog(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  if (buf[start + VERSION] !== 0) return LAYER_END;

  let at = start + HEADER_LEN;
  while (limit - at >= ATTRIBUTE_HEADER_LEN) {
    const bigEndian = u16le(buf, at + ATTRIBUTE_TYPE) > MAX_TYPE;
    const length = bigEndian ? u16(buf, at + ATTRIBUTE_LENGTH) : u16le(buf, at + ATTRIBUTE_LENGTH);
    const type = bigEndian ? u16(buf, at + ATTRIBUTE_TYPE) : u16le(buf, at + ATTRIBUTE_TYPE);
    if (length < ATTRIBUTE_HEADER_LEN) break;
    if (type === TYPE_PAYLOAD) {
      view.cursor = at + ATTRIBUTE_HEADER_LEN;
      view.narrow(at + length);
      return LAYER_RAW_IP;
    }
    at += (length + 3) & ~3;
  }
  return at > start + HEADER_LEN && at < limit ? truncated(view, TRUNCATED_LINK_HEADER) : LAYER_END;
}
