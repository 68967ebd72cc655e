import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u32, u32le } from '../common/bytes.js';
import { LAYER_IEEE80211 } from './layer-ids.js';
import { malformed, type PacketView, truncated } from './packet-view.js';

/** Prism monitor header, in the byte order of the capturing machine: message code, message length, device, values. */
const MESSAGE_LENGTH = 4;
const HEADER_LEN = 8;
const MAX_MESSAGE_LEN = 0xffff;

/** AVS header, always big-endian: magic and version, length. */
const AVS_MAGIC = 0;
const AVS_LENGTH = 4;
const AVS_MAGIC_MASK = 0xfffff000;
const AVS_MAGIC_VALUE = 0x80211000;

export function decodePrism(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  if ((u32(buf, start + AVS_MAGIC) & AVS_MAGIC_MASK) >>> 0 === AVS_MAGIC_VALUE) return decodeAvs(view);
  const littleEndian = u32le(buf, start + MESSAGE_LENGTH);
  const messageLen = littleEndian <= MAX_MESSAGE_LEN ? littleEndian : u32(buf, start + MESSAGE_LENGTH);
  return skipTo802Dot11(view, messageLen);
}

export function decodeAvs(view: PacketView): number {
  const start = view.cursor;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  return skipTo802Dot11(view, u32(view.buf, start + AVS_LENGTH));
}

function skipTo802Dot11(view: PacketView, headerLen: number): number {
  const start = view.cursor;
  if (headerLen < HEADER_LEN) return malformed(view, TRUNCATED_LINK_HEADER);
  if (headerLen > view.limit - start) return truncated(view, TRUNCATED_LINK_HEADER);
  view.cursor = start + headerLen;
  return LAYER_IEEE80211;
}
