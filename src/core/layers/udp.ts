import { TRUNCATED_TRANSPORT_HEADER, UDP_BAD_LENGTH } from '../common/anomaly.js';
import { u16 } from '../common/bytes.js';
import { enterTransportPayload } from './ip-header.js';
import { LAYER_END, LAYER_TEREDO } from './layer-ids.js';
import { malformed, note, type PacketView, truncated } from './packet-view.js';
import { readPorts } from './ports.js';
import { looksLikeTeredo } from './teredo.js';
import { UDP_TUNNELS } from './udp-tunnels.js';

/** UDP header (RFC 768). */
const SRC_PORT = 0;
const DST_PORT = 2;
const LENGTH = 4;
const HEADER_LEN = 8;

/** Reads the header and goes on where the port, or for Teredo the content, indicates a tunnel. */
export function decodeUdp(view: PacketView): number {
  const buf = view.buf;
  const start = view.cursor;
  const left = view.limit - start;
  if (left < HEADER_LEN) {
    readPorts(view, start);
    return truncated(view, TRUNCATED_TRANSPORT_HEADER);
  }

  const srcPort = u16(buf, start + SRC_PORT);
  const dstPort = u16(buf, start + DST_PORT);
  view.srcPort = srcPort;
  view.dstPort = dstPort;
  // Length 0 is a jumbogram: the payload runs to the IP limit (RFC 2675 §4).
  const length = u16(buf, start + LENGTH);
  if (length !== 0) {
    if (length < HEADER_LEN) {
      view.limit = start + HEADER_LEN;
      view.missingLen = 0;
      enterTransportPayload(view, start + HEADER_LEN);
      return malformed(view, UDP_BAD_LENGTH);
    }
    if (length > left + view.missingLen) note(view, UDP_BAD_LENGTH);
    view.narrow(start + length);
  }
  enterTransportPayload(view, start + HEADER_LEN);

  const tunnel = UDP_TUNNELS[dstPort]!;
  if (tunnel !== 0) return tunnel;
  const returnTunnel = UDP_TUNNELS[srcPort]!;
  if (returnTunnel !== 0) return returnTunnel;
  return looksLikeTeredo(buf, view.payloadStart, view.payloadEnd) ? LAYER_TEREDO : LAYER_END;
}
