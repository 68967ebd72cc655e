import { TRUNCATED_TRANSPORT_HEADER } from '../common/anomaly.js';
import { enterTransportPayload } from './ip-header.js';
import { LAYER_END } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, checksum, four bytes that depend on the type. */
const TYPE = 0;
/** RFC 4884 §4: length of the quoted packet, for extensions may follow it; 0 when it fills the message. */
const V4_QUOTED_WORDS = 5;
const V6_QUOTED_LONGS = 4;
const HEADER_LEN = 8;

const V4_DESTINATION_UNREACHABLE = 3;
const V4_SOURCE_QUENCH = 4;
const V4_REDIRECT = 5;
const V4_TIME_EXCEEDED = 11;
const V4_PARAMETER_PROBLEM = 12;

const V6_DESTINATION_UNREACHABLE = 1;
const V6_TIME_EXCEEDED = 3;
/** Types below 128 are errors, and all of them quote (RFC 4443 §2.1). */
const V6_FIRST_INFORMATIONAL = 128;

/** Errors set `quotedStart` and `quotedEnd`; the packet that they quote is never taken for this one. */
export function decodeIcmp(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_TRANSPORT_HEADER);
  enterTransportPayload(view, start + HEADER_LEN);

  const type = buf[start + TYPE]!;
  const extensible = type === V4_DESTINATION_UNREACHABLE || type === V4_TIME_EXCEEDED || type === V4_PARAMETER_PROBLEM;
  if (extensible || type === V4_SOURCE_QUENCH || type === V4_REDIRECT) {
    quote(view, extensible ? buf[start + V4_QUOTED_WORDS]! * 4 : 0);
  }
  return LAYER_END;
}

export function decodeIcmpv6(view: PacketView): number {
  const { buf, cursor: start } = view;
  if (view.limit - start < HEADER_LEN) return truncated(view, TRUNCATED_TRANSPORT_HEADER);
  enterTransportPayload(view, start + HEADER_LEN);

  const type = buf[start + TYPE]!;
  if (type > 0 && type < V6_FIRST_INFORMATIONAL) {
    const extensible = type === V6_DESTINATION_UNREACHABLE || type === V6_TIME_EXCEEDED;
    quote(view, extensible ? buf[start + V6_QUOTED_LONGS]! * 8 : 0);
  }
  return LAYER_END;
}

function quote(view: PacketView, declaredLen: number): void {
  const start = view.payloadStart;
  const end = view.payloadEnd;
  if (end <= start) return;
  view.quotedStart = start;
  view.quotedEnd = declaredLen > 0 && declaredLen < end - start ? start + declaredLen : end;
}
