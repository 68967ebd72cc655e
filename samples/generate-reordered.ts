import { existsSync, readFileSync } from 'node:fs';
import type { Sample } from './generate-sample.js';

const FILE_HEADER_LEN = 24;
const RECORD_HEADER_LEN = 16;
const CAPTURED_LEN = 8;
const ETHERNET_LEN = 14;

/**
 * Recorded Chromium handshakes with the client's first two payload packets of every connection swapped, as a network
 * would that reorders. Only classic little-endian captures of Ethernet and IPv4 are read; absent recordings are left
 * out.
 */
export function reorderedRecordings(folder: URL): Sample[] {
  const recordings = ['chromium-tls.pcap', 'chromium-quic.pcap', 'firefox-tls.pcap'];
  return recordings
    .filter((name) => existsSync(new URL(name, folder)))
    .map((name) => ({
      name: name.replace('.pcap', '-swapped.pcap'),
      bytes: swapFirstPayloads(readFileSync(new URL(name, folder))),
    }));
}

function swapFirstPayloads(capture: Buffer): Buffer {
  const records: Buffer[] = [];
  for (let at = FILE_HEADER_LEN; at < capture.length; ) {
    const end = at + RECORD_HEADER_LEN + capture.readUInt32LE(at + CAPTURED_LEN);
    records.push(Buffer.from(capture.subarray(at, end)));
    at = end;
  }
  const firstOf = new Map<string, number[]>();
  for (const [index, record] of records.entries()) {
    const key = clientPayloadKey(record.subarray(RECORD_HEADER_LEN + ETHERNET_LEN));
    if (key !== null) firstOf.set(key, [...(firstOf.get(key) ?? []), index].slice(0, 2));
  }
  for (const [first, second] of firstOf.values()) {
    if (second === undefined) continue;
    // The frames change places, the time stamps stay.
    const early = records[first!]!;
    const late = records[second]!;
    const earlyStamp = Buffer.from(early.subarray(0, CAPTURED_LEN));
    late.copy(early, 0, 0, CAPTURED_LEN);
    earlyStamp.copy(late);
    records[first!] = late;
    records[second] = early;
  }
  return Buffer.concat([capture.subarray(0, FILE_HEADER_LEN), ...records]);
}

/** Tells the connections' packets from client to port 443 that carry payload; null for all others. */
function clientPayloadKey(ip: Buffer): string | null {
  if (ip[0] !== 0x45) return null;
  const proto = ip[9];
  if ((proto !== 6 && proto !== 17) || ip.readUInt16BE(22) !== 443) return null;
  const headerLen = proto === 6 ? (ip[32]! >> 4) * 4 : 8;
  if (ip.readUInt16BE(2) - 20 - headerLen <= 0) return null;
  return `${proto} ${ip.toString('hex', 12, 24)}`;
}
