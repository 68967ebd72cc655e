import { LAYER_END, LAYER_IPV4, LAYER_IPV6 } from './layer-ids.js';
import type { PacketView } from './packet-view.js';

/** AYIYA, Anything In Anything (draft-massar-v6ops-ayiya-02 §4). */
const IDENTITY = 0;
const SIGNATURE = 1;
const AUTH_OPCODE = 2;
const NEXT_HEADER = 3;
const HEADER_LEN = 8;

const OPCODE_FORWARD = 1;
const MAX_IDENTITY_EXPONENT = 8;
const PROTO_IPV4 = 4;
const PROTO_IPV6 = 41;

/** Forwarded packets; other operations, and payloads that are no AYIYA, end here. */
export function decodeAyiya(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < HEADER_LEN) return LAYER_END;
  // The identity's length is a power of two, the signature's in units of four bytes.
  const identityExponent = buf[start + IDENTITY]! >> 4;
  const signatureLen = (buf[start + SIGNATURE]! >> 4) * 4;
  const opcode = buf[start + AUTH_OPCODE]! & 0x0f;
  if (opcode !== OPCODE_FORWARD || identityExponent > MAX_IDENTITY_EXPONENT) return LAYER_END;

  const at = start + HEADER_LEN + (1 << identityExponent) + signatureLen;
  if (at >= limit) return LAYER_END;
  view.cursor = at;
  const nextHeader = buf[start + NEXT_HEADER]!;
  const version = buf[at]! >> 4;
  if (nextHeader === PROTO_IPV6 && version === 6) return LAYER_IPV6;
  return nextHeader === PROTO_IPV4 && version === 4 ? LAYER_IPV4 : LAYER_END;
}
