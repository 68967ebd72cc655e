import { afterTag } from './ethernet.js';
import type { PacketView } from './packet-view.js';

/**
 * HSR tag behind EtherType 0x892f (IEC 62439-3 §5.6): path and size, sequence number, EtherType. PRP (§4.2) appends a
 * trailer instead, which the IP length cuts off.
 */
const HSR_LEN = 6;

export function decodeHsr(view: PacketView): number {
  return afterTag(view, HSR_LEN);
}
