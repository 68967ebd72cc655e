import { TRUNCATED_IP_HEADER, UNSUPPORTED_VERSION } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { LAYER_IPV4, LAYER_IPV6 } from './layer-ids.js';
import { malformed, type PacketView, truncated } from './packet-view.js';

const IPV4_MIN_HEADER_LEN = 20;
const IPV4_TOTAL_LENGTH = 2;
const IPV6_HEADER_LEN = 40;

/** IP without a header that names its version: the first nibble does. */
export function decodeRawIp(view: PacketView): number {
  const start = view.cursor;
  if (start >= view.limit) return truncated(view, TRUNCATED_IP_HEADER);
  const version = view.buf[start]! >> 4;
  if (version === 4) return LAYER_IPV4;
  if (version === 6) return LAYER_IPV6;
  return malformed(view, UNSUPPORTED_VERSION);
}

/** Whether an IP header with consistent length fields begins at `start`; false for fewer bytes than a header. */
export function looksLikeIp(buf: Buffer, start: number, end: number): boolean {
  if (end - start < IPV4_MIN_HEADER_LEN) return false;
  const version = buf[start]! >> 4;
  if (version === 6) return end - start >= IPV6_HEADER_LEN;
  if (version !== 4) return false;
  const headerLen = (buf[start]! & 0x0f) * 4;
  const totalLen = u16(buf, start + IPV4_TOTAL_LENGTH);
  return headerLen >= IPV4_MIN_HEADER_LEN && (totalLen === 0 || totalLen >= headerLen);
}
