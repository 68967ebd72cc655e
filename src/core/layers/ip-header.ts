import type { PacketView } from './packet-view.js';

/**
 * Makes an IP header the innermost one: addresses at `srcAddrStart` and `dstAddrStart`, payload from `payloadStart` to
 * the view's limit. Forgets the ports of an enclosing connection, so that the tuple is never a mixture of two.
 */
export function enterIp(
  view: PacketView,
  ipVersion: number,
  srcAddrStart: number,
  dstAddrStart: number,
  ipProto: number,
  payloadStart: number,
): void {
  view.keepTags();
  view.ipVersion = ipVersion;
  view.srcAddrStart = srcAddrStart;
  view.dstAddrStart = dstAddrStart;
  view.srcPort = 0;
  view.dstPort = 0;
  view.tcpFlags = 0;
  view.tcpSeq = 0;
  view.tcpAck = 0;
  view.tcpStart = 0;
  view.hasTransport = false;
  enterIpPayload(view, ipProto, payloadStart);
}

/** Moves on behind an IP header or extension header: `ipProto` begins at `payloadStart`. */
export function enterIpPayload(view: PacketView, ipProto: number, payloadStart: number): void {
  const limit = view.limit;
  view.ipProto = ipProto;
  view.cursor = payloadStart;
  view.payloadStart = payloadStart;
  view.payloadEnd = limit;
  view.payloadWireLen = limit - payloadStart + view.missingLen;
}

/**
 * Sets the payload of a transport header: from `payloadStart`, which may lie beyond the capture, to the view's limit.
 */
export function enterTransportPayload(view: PacketView, payloadStart: number): void {
  const limit = view.limit;
  const wireLen = limit + view.missingLen - payloadStart;
  const start = payloadStart < limit ? payloadStart : limit;
  view.hasTransport = true;
  view.cursor = start;
  view.payloadStart = start;
  view.payloadEnd = limit;
  view.payloadWireLen = wireLen > 0 ? wireLen : 0;
}
