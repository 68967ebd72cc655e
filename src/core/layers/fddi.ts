import { TRUNCATED_LINK_HEADER } from '../common/anomaly.js';
import { LAYER_CONTROL, LAYER_LLC } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** FDDI (ISO 9314-2): frame control and two addresses, whose bit order does not matter here. */
const FRAME_CONTROL = 0;
const HEADER_LEN = 13;

/** Format bits 01: an LLC frame; the class bit (synchronous or not) and the priority vary. */
const FORMAT_MASK = 0x70;
const FORMAT_LLC = 0x50;

export function decodeFddi(view: PacketView): number {
  const start = view.cursor;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_LINK_HEADER);
  if ((view.buf[start + FRAME_CONTROL]! & FORMAT_MASK) !== FORMAT_LLC) return LAYER_CONTROL;
  view.cursor = start + HEADER_LEN;
  return LAYER_LLC;
}
