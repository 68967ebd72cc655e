import { FragmentTable } from '../../../src/core/layers/fragments.js';
import { PacketView } from '../../../src/core/layers/packet-view.js';
import { decodeFrame } from '../../../src/core/layers/registry.js';
import { printAddress } from './print-address.js';

const PCAP_MICROS_LITTLE_ENDIAN = 0xa1b2c3d4;
const FILE_HEADER_LEN = 24;
const RECORD_HEADER_LEN = 16;
/** What tshark prints for the transports that the truth has tuples of. */
const PROTOCOL_NAMES: Record<number, string> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' };

/** A little-endian microsecond pcap: what most of the corpus is. */
export function isPlainPcap(file: Buffer): boolean {
  return file.length >= FILE_HEADER_LEN && file.readUInt32LE(0) === PCAP_MICROS_LITTLE_ENDIAN;
}

/** Decodes every frame of a plain pcap and counts the packets of each connection, by the truth's keys. */
export function countTuples(file: Buffer): Map<string, number> {
  const tuples = new Map<string, number>();
  const view = new PacketView(file, new FragmentTable());
  const linkType = file.readUInt32LE(20) & 0xffff;
  let at = FILE_HEADER_LEN;
  while (at + RECORD_HEADER_LEN <= file.length) {
    const tsMicros = file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4);
    const capturedLen = file.readUInt32LE(at + 8);
    const wireLen = file.readUInt32LE(at + 12);
    const start = at + RECORD_HEADER_LEN;
    const end = start + capturedLen;
    if (end > file.length) break;
    view.reset(file, start, end, wireLen, tsMicros);
    decodeFrame(view, linkType);
    const key = tupleKey(view);
    if (key !== null) tuples.set(key, (tuples.get(key) ?? 0) + 1);
    at = end;
  }
  return tuples;
}

/** "TCP|1.2.3.4:80|5.6.7.8:1234" with the endpoints sorted by packed address and port; null without ports. */
function tupleKey(view: PacketView): string | null {
  const protocol = PROTOCOL_NAMES[view.ipProto];
  if (view.ipVersion === 0 || protocol === undefined) return null;
  if (!view.hasTransport && view.srcPort === 0 && view.dstPort === 0) return null;
  const addrLen = view.ipVersion === 4 ? 4 : 16;
  const src = view.buf.subarray(view.srcAddrStart, view.srcAddrStart + addrLen);
  const dst = view.buf.subarray(view.dstAddrStart, view.dstAddrStart + addrLen);
  const order = Buffer.compare(src, dst) || view.srcPort - view.dstPort;
  const from = `${printAddress(src)}:${view.srcPort}`;
  const to = `${printAddress(dst)}:${view.dstPort}`;
  return order <= 0 ? `${protocol}|${from}|${to}` : `${protocol}|${to}|${from}`;
}
