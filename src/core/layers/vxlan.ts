import { u16, u24 } from '../common/bytes.js';
import { ETHER_TYPE_IPV4, ETHER_TYPE_IPV6 } from './ether-types.js';
import { LAYER_END, LAYER_ETHERNET } from './layer-ids.js';
import { nshProtocol } from './nsh.js';
import { networkNumber, type PacketView, VXLAN_NETWORK } from './packet-view.js';
import { looksLikeIp } from './raw-ip.js';

/** VXLAN (RFC 7348 §5), with the group policy and generic protocol extensions. */
const FLAGS = 0;
const NEXT_PROTOCOL = 3;
const NETWORK_IDENTIFIER = 4;
const RESERVED = 7;
const HEADER_LEN = 8;

/** The inner frame's MAC header. */
const INNER_ETHER_TYPE = 12;
const INNER_HEADER_LEN = 14;

const FLAG_VNI = 0x08;
/** Generic protocol extension (draft-ietf-nvo3-vxlan-gpe-13 §3.1): byte 3 is the next protocol. */
const FLAG_NEXT_PROTOCOL = 0x04;
/** Group policy (draft-smith-vxlan-group-policy-05): bytes 1 to 3 are flags and a group. */
const FLAG_GROUP_POLICY = 0x80;
/** GPE's version and OAM bits; RFC 7348 has no other flag than the VNI's. */
const FLAGS_GPE = 0x3f;

/**
 * Plausible when the VNI flag is set and the reserved bits are zero, or when an IP packet lies at the place of that in
 * the inner frame; else it is no VXLAN, and decoding ends.
 */
export function decodeVxlan(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < HEADER_LEN) return LAYER_END;
  const flags = buf[start + FLAGS]!;
  if ((flags & FLAG_VNI) === 0) return LAYER_END;

  const inner = start + HEADER_LEN;
  view.cursor = inner;
  const network = networkNumber(VXLAN_NETWORK, u24(buf, start + NETWORK_IDENTIFIER));
  if ((flags & ~FLAGS_GPE) === 0 && (flags & FLAG_NEXT_PROTOCOL) !== 0 && buf[start + RESERVED] === 0) {
    view.enterNetwork(network);
    return nshProtocol(buf[start + NEXT_PROTOCOL]!);
  }
  const groupPolicy = (flags & FLAG_GROUP_POLICY) !== 0;
  const reservedFlagsZero = (flags & ~(FLAG_VNI | FLAG_GROUP_POLICY)) === 0;
  const reservedZero = groupPolicy || (buf[start + 1] === 0 && buf[start + 2] === 0 && buf[start + 3] === 0);
  const isPlain = reservedFlagsZero && reservedZero && buf[start + RESERVED] === 0;
  // Lenient: RFC 7348 §5 has receivers ignore the reserved bits, and some senders fill them.
  if (!isPlain && !holdsIp(buf, inner, view.limit)) return LAYER_END;
  view.enterNetwork(network);
  return LAYER_ETHERNET;
}

function holdsIp(buf: Buffer, start: number, end: number): boolean {
  if (end - start < INNER_HEADER_LEN) return false;
  const etherType = u16(buf, start + INNER_ETHER_TYPE);
  const isIp = etherType === ETHER_TYPE_IPV4 || etherType === ETHER_TYPE_IPV6;
  return isIp && looksLikeIp(buf, start + INNER_HEADER_LEN, end);
}
