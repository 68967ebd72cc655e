import { decodeOtherIp } from './control-traffic.js';
import { LAYER_RAW_IP } from './layer-ids.js';
import type { PacketView } from './packet-view.js';

/** PIM Register (RFC 7761 §4.9.3): version and type, checksum, flags, then a packet on its way to the root. */
const VERSION_TYPE = 0;
const FLAGS = 4;
const REGISTER_LEN = 8;
const VERSION_2_REGISTER = 0x21;
/** The null-register flag: a header alone. */
const FLAG_NULL = 0x40;

/** A register leads to the packet inside; other messages are control traffic. */
export function decodePim(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start <= REGISTER_LEN || buf[start + VERSION_TYPE] !== VERSION_2_REGISTER)
    return decodeOtherIp(view);
  if ((buf[start + FLAGS]! & FLAG_NULL) !== 0) return decodeOtherIp(view);
  view.cursor = start + REGISTER_LEN;
  return LAYER_RAW_IP;
}
