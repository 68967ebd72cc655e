import { u16, u24 } from '../common/bytes.js';
import { etherTypeLayer } from './ether-types.js';
import { LAYER_END } from './layer-ids.js';
import { GENEVE_NETWORK, networkNumber, type PacketView } from './packet-view.js';

/** Geneve (RFC 8926 §3.4). */
const VERSION_OPTIONS_LENGTH = 0;
const FLAGS = 1;
const PROTOCOL = 2;
const NETWORK_IDENTIFIER = 4;
const RESERVED = 7;
const HEADER_LEN = 8;

const OPTIONS_LENGTH_MASK = 0x3f;
const RESERVED_FLAGS = 0x3f;

/** Plausible when the version and the reserved bits are zero and the options fit; else decoding ends. */
export function decodeGeneve(view: PacketView): number {
  const { buf, cursor: start } = view;
  const left = view.limit - start;
  if (left < HEADER_LEN) return LAYER_END;
  const first = buf[start + VERSION_OPTIONS_LENGTH]!;
  if (first >> 6 !== 0 || (buf[start + FLAGS]! & RESERVED_FLAGS) !== 0 || buf[start + RESERVED] !== 0) return LAYER_END;
  const headerLen = HEADER_LEN + (first & OPTIONS_LENGTH_MASK) * 4;
  if (headerLen > left) return LAYER_END;
  view.cursor = start + headerLen;
  view.enterNetwork(networkNumber(GENEVE_NETWORK, u24(buf, start + NETWORK_IDENTIFIER)));
  return etherTypeLayer(view, u16(buf, start + PROTOCOL));
}
