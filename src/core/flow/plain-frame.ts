import { looksLikeTeredo } from '../layers/teredo.js';
import { UDP_TUNNELS } from '../layers/udp-tunnels.js';
import { hashWords } from './address-table.js';
import type { PacketColumns } from './packet-columns.js';

/**
 * The short way for what nearly every frame is: Ethernet II, IPv4 without options or fragments, TCP or UDP, all of it
 * captured, no tunnel. Fills the same columns that the layers would (a test compares both on every capture there is)
 * for less; whatever is the least bit different goes through `decodeFrame`.
 */
const ETHERNET_LEN = 14;
const IPV4_LEN = 20;
const ETHER_TYPE_AND_IHL = 0x0800_45;
const TCP = 6;
const TCP_LEN = 20;
const UDP = 17;
const UDP_LEN = 8;
/** Offsets in the frame. */
const ETHER_TYPE = 12;
const TOTAL_LENGTH = 16;
const FRAGMENT = 20;
const PROTOCOL = 23;
const SRC_ADDR = 26;
const DST_ADDR = 30;
const TRANSPORT = ETHERNET_LEN + IPV4_LEN;
const MORE_FRAGMENTS_AND_OFFSET = 0x3fff;

/**
 * Fills row `i` from the frame `buf[start, end)`, of which `bytes` is a view; true when it was a plain frame. Leaves the
 * columns that only rare frames use (`fragmentGroup`, `quotedStart`, `quotedEnd`, `bufIndex`) at their values for none.
 */
export function decodePlainFrame(
  bytes: DataView,
  buf: Buffer,
  start: number,
  end: number,
  seed: number,
  columns: PacketColumns,
  i: number,
): boolean {
  if (end - start < TRANSPORT + UDP_LEN) return false;
  if (bytes.getUint32(start + ETHER_TYPE) >>> 8 !== ETHER_TYPE_AND_IHL) return false;
  if ((bytes.getUint16(start + FRAGMENT) & MORE_FRAGMENTS_AND_OFFSET) !== 0) return false;
  const transport = start + TRANSPORT;
  const limit = start + ETHERNET_LEN + bytes.getUint16(start + TOTAL_LENGTH);
  if (limit > end) return false;

  const proto = bytes.getUint8(start + PROTOCOL);
  const srcPort = bytes.getUint16(transport);
  const dstPort = bytes.getUint16(transport + 2);
  let payloadStart: number;
  let payloadEnd = limit;
  if (proto === TCP) {
    if (limit - transport < TCP_LEN) return false;
    const headerLen = (bytes.getUint8(transport + 12) >> 4) << 2;
    payloadStart = transport + headerLen;
    if (headerLen < TCP_LEN || payloadStart > limit) return false;
    columns.tcpSeq[i] = bytes.getInt32(transport + 4);
    columns.tcpAck[i] = bytes.getInt32(transport + 8);
    columns.tcpFlags[i] = bytes.getUint8(transport + 13);
  } else if (proto === UDP) {
    if (limit - transport < UDP_LEN) return false;
    payloadStart = transport + UDP_LEN;
    payloadEnd = transport + bytes.getUint16(transport + 4);
    if (payloadEnd < payloadStart || payloadEnd > limit) return false;
    if (UDP_TUNNELS[srcPort] !== 0 || UDP_TUNNELS[dstPort] !== 0) return false;
    if (looksLikeTeredo(buf, payloadStart, payloadEnd)) return false;
    columns.tcpFlags[i] = 0;
  } else return false;

  const src = bytes.getInt32(start + SRC_ADDR);
  const dst = bytes.getInt32(start + DST_ADDR);
  const swap = src > dst || (src === dst && srcPort > dstPort);
  const a = swap ? dst : src;
  const b = swap ? src : dst;
  const ports = swap ? (dstPort << 16) | srcPort : (srcPort << 16) | dstPort;
  columns.addrA[i] = a;
  columns.addrB[i] = b;
  columns.ports[i] = ports;
  columns.proto[i] = proto;
  columns.hash[i] = hashWords(a, b, ports, proto, seed);
  columns.fromB[i] = swap ? 1 : 0;
  columns.payloadStart[i] = payloadStart;
  columns.payloadEnd[i] = payloadEnd;
  columns.payloadWireLen[i] = payloadEnd - payloadStart;
  columns.fragmentGroup[i] = 0;
  columns.quotedStart[i] = -1;
  columns.quotedEnd[i] = -1;
  columns.bufIndex[i] = 0;
  return true;
}
