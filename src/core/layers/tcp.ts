import { TCP_BAD_DATA_OFFSET, TRUNCATED_TRANSPORT_HEADER } from '../common/anomaly.js';
import { i32, u16 } from '../common/bytes.js';
import { enterTransportPayload } from './ip-header.js';
import { LAYER_END } from './layer-ids.js';
import { malformed, type PacketView, truncated } from './packet-view.js';
import { readPorts } from './ports.js';

/** TCP header (RFC 9293 §3.1). */
const SRC_PORT = 0;
const DST_PORT = 2;
const SEQUENCE_NUMBER = 4;
const ACKNOWLEDGMENT_NUMBER = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const MIN_HEADER_LEN = 20;

/**
 * Reads the fixed header. When the capture ends inside the options, the connection is known and stands, with an empty
 * payload; when it ends inside the fixed header, only the ports are set.
 */
export function decodeTcp(view: PacketView): number {
  const buf = view.buf;
  const start = view.cursor;
  const left = view.limit - start;
  if (left < MIN_HEADER_LEN) {
    readPorts(view, start);
    return truncated(view, TRUNCATED_TRANSPORT_HEADER);
  }

  view.srcPort = u16(buf, start + SRC_PORT);
  view.dstPort = u16(buf, start + DST_PORT);
  const headerLen = (buf[start + DATA_OFFSET]! >> 4) << 2;
  if (headerLen < MIN_HEADER_LEN) return malformed(view, TCP_BAD_DATA_OFFSET);

  view.tcpSeq = i32(buf, start + SEQUENCE_NUMBER);
  view.tcpAck = i32(buf, start + ACKNOWLEDGMENT_NUMBER);
  view.tcpFlags = buf[start + FLAGS]!;
  view.tcpStart = start;
  enterTransportPayload(view, start + headerLen);
  if (headerLen > left) {
    if (headerLen > left + view.missingLen) return malformed(view, TCP_BAD_DATA_OFFSET);
    return truncated(view, TRUNCATED_TRANSPORT_HEADER);
  }
  return LAYER_END;
}
