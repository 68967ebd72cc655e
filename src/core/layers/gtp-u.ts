import { u16 } from '../common/bytes.js';
import { LAYER_END, LAYER_PPP, LAYER_RAW_IP } from './layer-ids.js';
import type { PacketView } from './packet-view.js';
import { looksLikeIp } from './raw-ip.js';

/** GTP-U version 1 (3GPP TS 29.281 §5.1) and version 0 (TS 09.60 §6). */
const FLAGS = 0;
const MESSAGE_TYPE = 1;
const LENGTH = 2;
const HEADER_LEN = 8;
const V0_HEADER_LEN = 20;
/** Sequence number, N-PDU number and next extension type: all there when one of the three flags is set. */
const OPTIONAL_LEN = 4;
const NEXT_EXTENSION_TYPE = 11;

const VERSION_AND_PROTOCOL_MASK = 0xf0;
const VERSION_1_GTP = 0x30;
const VERSION_0_GTP = 0x10;
const OPTIONAL_FLAGS = 0x07;
const EXTENSION_FLAG = 0x04;
const TYPE_T_PDU = 255;
const MAX_EXTENSIONS = 8;

const PPP_ADDRESS = 0xff;

/** User data of a tunnel (T-PDU); signalling messages, and payloads that are no GTP, end here. */
export function decodeGtpU(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < HEADER_LEN || buf[start + MESSAGE_TYPE] !== TYPE_T_PDU) return LAYER_END;
  const flags = buf[start + FLAGS]!;
  const version = flags & VERSION_AND_PROTOCOL_MASK;
  let at = start + HEADER_LEN;
  if (version === VERSION_0_GTP) {
    at = start + V0_HEADER_LEN;
  } else if (version !== VERSION_1_GTP) {
    return LAYER_END;
  } else if ((flags & OPTIONAL_FLAGS) !== 0) {
    at = skipOptions(buf, start, limit, (flags & EXTENSION_FLAG) !== 0);
  }
  if (at >= limit) return LAYER_END;

  // The length counts from behind the mandatory part; 0 stems from segmentation offload.
  const length = u16(buf, start + LENGTH);
  const mandatoryLen = version === VERSION_0_GTP ? V0_HEADER_LEN : HEADER_LEN;
  const end = start + mandatoryLen + length;
  if (length !== 0) {
    if (end <= at) return LAYER_END;
    view.narrow(end);
  }

  if (looksLikeIp(buf, at, view.limit)) {
    view.cursor = at;
    return LAYER_RAW_IP;
  }
  if (buf[at] !== PPP_ADDRESS) return LAYER_END;
  view.cursor = at;
  return LAYER_PPP;
}

/** Offset behind the optional part and the extension headers (§5.2); `limit` when they do not fit. */
function skipOptions(buf: Buffer, start: number, limit: number, hasExtensions: boolean): number {
  let at = start + HEADER_LEN + OPTIONAL_LEN;
  if (at > limit) return limit;
  if (!hasExtensions) return at;
  let type = buf[start + NEXT_EXTENSION_TYPE]!;
  for (let n = 0; type !== 0; n++) {
    if (at >= limit || n === MAX_EXTENSIONS) return limit;
    const len = buf[at]! * 4;
    if (len === 0 || at + len > limit) return limit;
    at += len;
    type = buf[at - 1]!;
  }
  return at;
}
