import { TRUNCATED_TRANSPORT_HEADER } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { enterTransportPayload } from './ip-header.js';
import { LAYER_END } from './layer-ids.js';
import { type PacketView, truncated } from './packet-view.js';

/** Every transport with ports begins with them. */
const SRC_PORT = 0;
const DST_PORT = 2;
const PORTS_LEN = 4;

/** SCTP common header (RFC 9260 §3.1): ports, verification tag, checksum; chunks follow. */
const SCTP_HEADER_LEN = 12;

/** DCCP generic header (RFC 4340 §5.1): the data offset is in units of four bytes. */
const DCCP_DATA_OFFSET = 4;
const DCCP_MIN_HEADER_LEN = 12;

/** UDP-Lite header (RFC 3828 §3.1): its checksum coverage is no length, the payload fills the IP packet. */
const UDP_LITE_HEADER_LEN = 8;

/** Sets the ports from the first four bytes of a header that is not whole; leaves them 0 for fewer bytes. */
export function readPorts(view: PacketView, start: number): void {
  if (view.limit - start < PORTS_LEN) return;
  view.srcPort = u16(view.buf, start + SRC_PORT);
  view.dstPort = u16(view.buf, start + DST_PORT);
}

export function decodeSctp(view: PacketView): number {
  return decodePorts(view, SCTP_HEADER_LEN, SCTP_HEADER_LEN);
}

export function decodeUdpLite(view: PacketView): number {
  return decodePorts(view, UDP_LITE_HEADER_LEN, UDP_LITE_HEADER_LEN);
}

export function decodeDccp(view: PacketView): number {
  const at = view.cursor + DCCP_DATA_OFFSET;
  const headerLen = at < view.limit ? view.buf[at]! * 4 : 0;
  return decodePorts(view, DCCP_MIN_HEADER_LEN, Math.max(headerLen, DCCP_MIN_HEADER_LEN));
}

function decodePorts(view: PacketView, minHeaderLen: number, headerLen: number): number {
  const start = view.cursor;
  readPorts(view, start);
  if (view.limit - start < minHeaderLen) return truncated(view, TRUNCATED_TRANSPORT_HEADER);
  enterTransportPayload(view, start + headerLen);
  return LAYER_END;
}
