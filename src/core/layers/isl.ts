import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { LAYER_ETHERNET, LAYER_TOKEN_RING } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';
import { UNREAD_OTHER, unread } from './unread.js';

/** Cisco Inter-Switch Link: destination with a type, source, length, SNAP, then VLAN, index and reserved bytes. */
const TYPE = 5;
/** 15 bits of VLAN, then a flag for spanning tree frames. */
const VLAN = 20;
const VLAN_ID_MASK = 0x0fff;
const HEADER_LEN = 26;
const TYPE_ETHERNET = 0;
const TYPE_TOKEN_RING = 1;

/** True when the destination address at `start` is one of ISL's two; needs 6 bytes. */
export function isIsl(buf: Buffer, start: number): boolean {
  const first = buf[start]!;
  return (
    (first === 0x01 || first === 0x03) &&
    buf[start + 1] === 0x00 &&
    buf[start + 2] === 0x0c &&
    buf[start + 3] === 0x00 &&
    buf[start + 4] === 0x00
  );
}

export function decodeIsl(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  const type = buf[start + TYPE]! >> 4;
  view.enterVlan((u16(buf, start + VLAN) >> 1) & VLAN_ID_MASK);
  view.cursor = start + HEADER_LEN;
  if (type === TYPE_ETHERNET) return LAYER_ETHERNET;
  return type === TYPE_TOKEN_RING ? LAYER_TOKEN_RING : unread(view, UNREAD_OTHER);
}
