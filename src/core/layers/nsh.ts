import { TRUNCATED_TUNNEL_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { LAYER_END, LAYER_ETHERNET, LAYER_IPV4, LAYER_IPV6, LAYER_MPLS, LAYER_NSH } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** Network Service Header (RFC 8300 §2.2). */
const LENGTH = 0;
const NEXT_PROTOCOL = 3;
const BASE_LEN = 8;
/** Low six bits of the first word: the header's length in units of four bytes. */
const LENGTH_MASK = 0x3f;

export function decodeNsh(view: PacketView): number {
  const { buf, cursor: start } = view;
  const left = view.limit - start;
  if (left < BASE_LEN) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  const headerLen = (u16(buf, start + LENGTH) & LENGTH_MASK) * 4;
  if (headerLen < BASE_LEN) return LAYER_END;
  if (headerLen > left) return truncated(view, TRUNCATED_TUNNEL_HEADER);
  view.cursor = start + headerLen;
  return nshProtocol(buf[start + NEXT_PROTOCOL]!);
}

/** The layer of an NSH next protocol number, which VXLAN-GPE uses too (RFC 8300 §9.1.4). */
export function nshProtocol(nextProtocol: number): number {
  if (nextProtocol === 1) return LAYER_IPV4;
  if (nextProtocol === 2) return LAYER_IPV6;
  if (nextProtocol === 3) return LAYER_ETHERNET;
  if (nextProtocol === 4) return LAYER_NSH;
  if (nextProtocol === 5) return LAYER_MPLS;
  return LAYER_END;
}
