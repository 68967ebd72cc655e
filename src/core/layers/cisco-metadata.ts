import { afterTag } from './ethernet.js';
import type { PacketView } from './packet-view.js';

/** Cisco Meta Data behind EtherType 0x8909: version, length, option type, security group tag, EtherType. */
const HEADER_LEN = 8;

export function decodeCiscoMetadata(view: PacketView): number {
  return afterTag(view, HEADER_LEN);
}
