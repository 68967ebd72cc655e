import { IP_BAD_TOTAL_LENGTH, TRUNCATED_IP_HEADER, UNSUPPORTED_VERSION } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { enterIp } from './ip-header.js';
import { IP_PROTOCOLS } from './ip-protocols.js';
import { malformed, note, type PacketView, truncated } from './packet-view.js';

/** IPv6 header (RFC 8200 §3). */
const VERSION = 0;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const SRC_ADDR = 8;
const DST_ADDR = 24;
/** Length of the fixed header, before any extension header. */
export const IPV6_HEADER_LEN = 40;

export function decodeIpv6(view: PacketView): number {
  const buf = view.buf;
  const start = view.cursor;
  const left = view.limit - start;
  if (left < IPV6_HEADER_LEN) return truncated(view, TRUNCATED_IP_HEADER);
  if (buf[start + VERSION]! >> 4 !== 6) return malformed(view, UNSUPPORTED_VERSION);

  // Length 0: a jumbogram (RFC 2675) or segmentation offload; both run to the frame's end.
  const payloadLen = u16(buf, start + PAYLOAD_LENGTH);
  if (payloadLen !== 0) {
    const totalLen = IPV6_HEADER_LEN + payloadLen;
    if (totalLen > left + view.missingLen) {
      // Lenient, as in IPv4: the header's length counts.
      note(view, IP_BAD_TOTAL_LENGTH);
      view.missingLen = totalLen - left;
    }
    view.narrow(start + totalLen);
  }

  const nextHeader = buf[start + NEXT_HEADER]!;
  const payloadStart = start + IPV6_HEADER_LEN;
  enterIp(view, 6, start + SRC_ADDR, start + DST_ADDR, nextHeader, payloadStart);
  return IP_PROTOCOLS[nextHeader]!;
}
