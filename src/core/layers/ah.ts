import { IP_BAD_EXTENSION_HEADER } from '../common/anomaly.js';
import { enterIpPayload } from './ip-header.js';
import { IP_PROTOCOLS } from './ip-protocols.js';
import { malformed, type PacketView, truncated } from './packet-view.js';

/** IP Authentication Header (RFC 4302 §2): authenticates the payload and leaves it readable. */
const NEXT_HEADER = 0;
const PAYLOAD_LENGTH = 1;
const MIN_LEN = 12;

export function decodeAh(view: PacketView): number {
  const { buf, cursor: start } = view;
  const left = view.limit - start;
  if (left < MIN_LEN) return truncated(view, IP_BAD_EXTENSION_HEADER);
  // In units of four bytes, minus two (§2.2).
  const headerLen = (buf[start + PAYLOAD_LENGTH]! + 2) * 4;
  if (headerLen < MIN_LEN) return malformed(view, IP_BAD_EXTENSION_HEADER);
  if (headerLen > left) return truncated(view, IP_BAD_EXTENSION_HEADER);

  const nextHeader = buf[start + NEXT_HEADER]!;
  enterIpPayload(view, nextHeader, start + headerLen);
  return IP_PROTOCOLS[nextHeader]!;
}
