import {
  IP_BAD_HEADER_LENGTH,
  IP_BAD_TOTAL_LENGTH,
  TRUNCATED_IP_HEADER,
  UNSUPPORTED_VERSION,
} from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { enterIp } from './ip-header.js';
import { IP_PROTOCOLS } from './ip-protocols.js';
import { finalDestination } from './ipv4-options.js';
import { LAYER_END, LAYER_IPV6 } from './layer-ids.js';
import { malformed, note, type PacketView, truncated } from './packet-view.js';

/** IPv4 header (RFC 791 §3.1). */
const VERSION_IHL = 0;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FLAGS_FRAGMENT_OFFSET = 6;
const PROTOCOL = 9;
const SRC_ADDR = 12;
const DST_ADDR = 16;
const MIN_HEADER_LEN = 20;

const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET_MASK = 0x1fff;

export function decodeIpv4(view: PacketView): number {
  const buf = view.buf;
  const start = view.cursor;
  const left = view.limit - start;
  if (left < MIN_HEADER_LEN) return truncated(view, TRUNCATED_IP_HEADER);

  const versionIhl = buf[start + VERSION_IHL]!;
  if (versionIhl >> 4 !== 4) {
    // Lenient: some drivers label IPv6 with IPv4's EtherType.
    if (versionIhl >> 4 === 6) return LAYER_IPV6;
    return malformed(view, UNSUPPORTED_VERSION);
  }
  const headerLen = (versionIhl & 0x0f) << 2;
  if (headerLen < MIN_HEADER_LEN) return malformed(view, IP_BAD_HEADER_LENGTH);
  if (headerLen > left) return truncated(view, TRUNCATED_IP_HEADER);

  // Total length 0: segmentation offload, the packet was captured before the card cut it up.
  const totalLen = u16(buf, start + TOTAL_LENGTH);
  if (totalLen !== 0) {
    if (totalLen < headerLen) return malformed(view, IP_BAD_TOTAL_LENGTH);
    if (totalLen > left + view.missingLen) {
      // Lenient: some writers lose the wire length of cut frames, so the header's length counts.
      note(view, IP_BAD_TOTAL_LENGTH);
      view.missingLen = totalLen - left;
    }
    view.narrow(start + totalLen);
  }

  const protocol = buf[start + PROTOCOL]!;
  const payloadStart = start + headerLen;
  let dstAddr = start + DST_ADDR;
  if (headerLen > MIN_HEADER_LEN) dstAddr = finalDestination(buf, start + MIN_HEADER_LEN, payloadStart, dstAddr);
  enterIp(view, 4, start + SRC_ADDR, dstAddr, protocol, payloadStart);

  const fragment = u16(buf, start + FLAGS_FRAGMENT_OFFSET) & (MORE_FRAGMENTS | FRAGMENT_OFFSET_MASK);
  if (fragment !== 0) {
    const fields = view.fragment;
    fields.headerStart = start;
    fields.headerLen = headerLen;
    fields.id = u16(buf, start + IDENTIFICATION);
    fields.proto = protocol;
    fields.offset = (fragment & FRAGMENT_OFFSET_MASK) * 8;
    fields.more = (fragment & MORE_FRAGMENTS) !== 0;
    if (!view.fragments.add(view, fields)) return LAYER_END;
  }
  return IP_PROTOCOLS[view.ipProto]!;
}
