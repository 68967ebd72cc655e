import { TRUNCATED_TUNNEL_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { LAYER_END, LAYER_ETHERNET, LAYER_RAW_IP } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** ERSPAN types II and III (draft-foschiano-erspan-03 §4.2, §4.3): version, VLAN, session, then by type. */
const VERSION = 0;
const TYPE_II_LEN = 8;
const TYPE_III_LEN = 12;
const TYPE_III_FLAGS = 10;
const PLATFORM_SUBHEADER_LEN = 8;

const VERSION_II = 1;
const VERSION_III = 2;
/** P bit and five bits of frame type, of the last two bytes: 0 Ethernet, 2 IP. */
const FRAME_TYPE_SHIFT = 10;
const FRAME_TYPE_MASK = 0x1f;
const FRAME_TYPE_ETHERNET = 0;
const FRAME_TYPE_IP = 2;
const PLATFORM_SUBHEADER_PRESENT = 0x0001;

export function decodeErspan(view: PacketView): number {
  const { buf, cursor: start } = view;
  const left = view.limit - start;
  if (left < TYPE_II_LEN) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  const version = buf[start + VERSION]! >> 4;
  if (version === VERSION_II) {
    view.cursor = start + TYPE_II_LEN;
    return LAYER_ETHERNET;
  }
  if (version !== VERSION_III) return LAYER_END;

  if (left < TYPE_III_LEN) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  const flags = u16(buf, start + TYPE_III_FLAGS);
  const headerLen = TYPE_III_LEN + ((flags & PLATFORM_SUBHEADER_PRESENT) !== 0 ? PLATFORM_SUBHEADER_LEN : 0);
  if (left < headerLen) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  view.cursor = start + headerLen;
  const frameType = (flags >> FRAME_TYPE_SHIFT) & FRAME_TYPE_MASK;
  if (frameType === FRAME_TYPE_ETHERNET) return LAYER_ETHERNET;
  return frameType === FRAME_TYPE_IP ? LAYER_RAW_IP : LAYER_END;
}
