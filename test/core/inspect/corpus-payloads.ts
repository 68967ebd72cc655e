import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads the reference captures for tests: little-endian pcap, Ethernet with 802.1Q, IP without extension headers. */
export const CORPUS = new URL('../../../../shared/corpus/', import.meta.url).pathname;

export interface Payload {
  packetNumber: number;
  ipProto: number;
  srcPort: number;
  dstPort: number;
  /** As the corpus writes it: protocol and both ends, sorted by address and port. */
  flow: string;
  buf: Buffer;
  start: number;
  end: number;
}

export interface TruthEntry {
  kind: string;
  name: string;
  frame: number;
  tier: string;
  opt?: string;
  tags?: string[];
}

export interface Truth {
  path: string;
  flows: Record<string, TruthEntry[]>;
  answers: [number, string, string, string][];
}

export function* captures(): Generator<{ payloads: Payload[]; truth: Truth }> {
  for (const file of readdirSync(join(CORPUS, 'captures')).sort()) {
    const buf = readFileSync(join(CORPUS, 'captures', file));
    if (buf.length < 24 || buf.readUInt32LE(0) !== 0xa1b2c3d4 || (buf.readUInt32LE(20) & 0xffff) !== 1) continue;
    const truth = JSON.parse(readFileSync(join(CORPUS, 'truth', `${file.split('.')[0]}.json`), 'utf8'));
    yield { payloads: [...payloadsOf(buf)], truth };
  }
}

function* payloadsOf(buf: Buffer): Generator<Payload> {
  let packetNumber = 0;
  for (let at = 24; at + 16 <= buf.length; ) {
    const frameStart = at + 16;
    const frameEnd = frameStart + buf.readUInt32LE(at + 8);
    if (frameEnd > buf.length) return;
    packetNumber++;
    const payload = decode(buf, frameStart, frameEnd, packetNumber);
    if (payload !== null && payload.end > payload.start) yield payload;
    at = frameEnd;
  }
}

function decode(buf: Buffer, frameStart: number, frameEnd: number, packetNumber: number): Payload | null {
  let at = frameStart + 12;
  while (at + 4 <= frameEnd && (buf.readUInt16BE(at) === 0x8100 || buf.readUInt16BE(at) === 0x88a8)) at += 4;
  if (at + 42 > frameEnd) return null;
  const etherType = buf.readUInt16BE(at);
  const ip = at + 2;
  const isV4 = etherType === 0x0800;
  if (!isV4 && etherType !== 0x86dd) return null;
  if (isV4 && (buf.readUInt16BE(ip + 6) & 0x3fff) !== 0) return null;
  const ipProto = buf[ip + (isV4 ? 9 : 6)]!;
  const l4 = ip + (isV4 ? (buf[ip]! & 15) * 4 : 40);
  const limit = Math.min(frameEnd, isV4 ? ip + buf.readUInt16BE(ip + 2) : l4 + buf.readUInt16BE(ip + 4));
  if (l4 + (ipProto === 6 ? 20 : 8) > limit || (ipProto !== 6 && ipProto !== 17)) return null;
  const addressLen = isV4 ? 4 : 16;
  const src = ip + (isV4 ? 12 : 8);
  const srcPort = buf.readUInt16BE(l4);
  const dstPort = buf.readUInt16BE(l4 + 2);
  const a = { address: buf.subarray(src, src + addressLen), port: srcPort };
  const b = { address: buf.subarray(src + addressLen, src + 2 * addressLen), port: dstPort };
  const order = Buffer.compare(a.address, b.address) || a.port - b.port;
  const [low, high] = order <= 0 ? [a, b] : [b, a];
  const flow = `${ipProto === 6 ? 'TCP' : 'UDP'}|${endpoint(low)}|${endpoint(high)}`;
  const start = l4 + (ipProto === 6 ? (buf[l4 + 12]! >> 4) * 4 : 8);
  return { packetNumber, ipProto, srcPort, dstPort, flow, buf, start, end: limit };
}

function endpoint({ address, port }: { address: Buffer; port: number }): string {
  if (address.length === 4) return `${address.join('.')}:${port}`;
  const groups = Array.from({ length: 8 }, (_, i) => address.readUInt16BE(2 * i).toString(16));
  // The longest run of two or more zero groups, the first of equals (RFC 5952 §4.2).
  let best = '';
  for (const run of groups.join(':').match(/(?<![0-9a-f])0(:0(?![0-9a-f]))+/g) ?? [])
    if (run.length > best.length) best = run;
  const text = groups.join(':');
  const short = best === '' ? text : text.replace(new RegExp(`(^|:)${best}(:|$)`), '::');
  return `[${short}]:${port}`;
}
