import { TRUNCATED_TUNNEL_HEADER } from '../common/anomaly.js';
import { LAYER_CONTROL, LAYER_ETHERNET, LAYER_IPV4, LAYER_IPV6 } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** MPLS label stack entry (RFC 3032 §2.1): label 20 bits, traffic class 3, bottom of stack 1, TTL 8. */
const FLAGS = 2;
const BOTTOM_OF_STACK = 0x01;
const ENTRY_LEN = 4;

/** Pseudowire control word (RFC 4385 §3); its first nibble is 0 for data, 1 for an associated channel. */
const CONTROL_WORD_LEN = 4;

/**
 * Passes the label stack. Nothing in it names the payload: by RFC 4928 §3 the first nibble 4 or 6 is IP; 0 is a control
 * word before an Ethernet pseudowire; others but 1 are an Ethernet pseudowire without one.
 */
export function decodeMpls(view: PacketView): number {
  const { buf, limit } = view;
  let at = view.cursor;
  let flags = 0;
  do {
    if (limit - at < ENTRY_LEN) return truncated(view, TRUNCATED_TUNNEL_HEADER);
    flags = buf[at + FLAGS]!;
    at += ENTRY_LEN;
  } while ((flags & BOTTOM_OF_STACK) === 0);
  if (at >= limit) return truncated(view, TRUNCATED_TUNNEL_HEADER);

  view.cursor = at;
  const nibble = buf[at]! >> 4;
  if (nibble === 4) return LAYER_IPV4;
  if (nibble === 6) return LAYER_IPV6;
  if (nibble === 1) return LAYER_CONTROL;
  if (nibble === 0 && limit - at > CONTROL_WORD_LEN) view.cursor = at + CONTROL_WORD_LEN;
  return LAYER_ETHERNET;
}
