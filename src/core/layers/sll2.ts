import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { LAYER_SLL2 } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';
import { cookedPayload } from './sll.js';

/** Linux cooked capture, version 2 (LINKTYPE_LINUX_SLL2). */
const PROTOCOL = 0;
const DEVICE_TYPE = 8;
const HEADER_LEN = 20;

export function decodeSll2(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < HEADER_LEN) return truncated(view, LAYER_SLL2, TRUNCATED_LINK_HEADER, start);
  view.cursor = start + HEADER_LEN;
  return cookedPayload(u16(buf, start + DEVICE_TYPE), u16(buf, start + PROTOCOL));
}
