import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Reads UDP datagrams straight from Ethernet, VLAN, PPP, null or raw-IP captures: independent of the program's own
 * layers.
 */
export const CORPUS = join(import.meta.dirname, '../../../../../shared/corpus');
export const hasCorpus = existsSync(join(CORPUS, 'manifest.tsv'));

export interface Datagram {
  key: string;
  /** True when sent by the endpoint that comes first in `key`. */
  forward: boolean;
  payload: Buffer;
}

export function* datagrams(file: string): Generator<Datagram> {
  for (const { linkType, frame } of frames(readFileSync(file))) {
    const datagram = udp(linkType, frame);
    if (datagram !== null) yield datagram;
  }
}

function* frames(data: Buffer): Generator<{ linkType: number; frame: Buffer }> {
  if (data.length < 24) return;
  const magic = data.readUInt32LE(0);
  if (magic === 0x0a0d0d0a) {
    yield* pcapngFrames(data);
    return;
  }
  if (magic !== 0xa1b2c3d4 && magic !== 0xa1b23c4d) return;
  const linkType = data.readUInt32LE(20) & 0xffff;
  for (let at = 24; at + 16 <= data.length; ) {
    const end = at + 16 + data.readUInt32LE(at + 8);
    yield { linkType, frame: data.subarray(at + 16, end) };
    at = end;
  }
}

function* pcapngFrames(data: Buffer): Generator<{ linkType: number; frame: Buffer }> {
  const linkTypes: number[] = [];
  for (let at = 0; at + 12 <= data.length; ) {
    const type = data.readUInt32LE(at);
    const len = data.readUInt32LE(at + 4);
    if (len < 12) return;
    if (type === 1) linkTypes.push(data.readUInt16LE(at + 8));
    if (type === 6) {
      const frameLen = data.readUInt32LE(at + 20);
      yield { linkType: linkTypes[data.readUInt32LE(at + 8)] ?? 1, frame: data.subarray(at + 28, at + 28 + frameLen) };
    }
    at += len;
  }
}

function udp(linkType: number, frame: Buffer): Datagram | null {
  let at = 0;
  if (linkType === 1) {
    at = 14;
    while (at <= frame.length && [0x8100, 0x88a8].includes(frame.readUInt16BE(at - 2))) at += 4;
  } else if (linkType === 0) at = 4;
  else if (linkType === 9) at = frame[0] === 0xff ? 4 : 2;
  else if (linkType === 113) at = 16;
  else if (linkType !== 101 && linkType !== 12) return null;
  if (frame.length - at < 28) return null;

  const version = frame[at]! >> 4;
  if (version === 4) {
    const headerLen = (frame[at]! & 15) * 4;
    if (frame[at + 9] !== 17 || (frame.readUInt16BE(at + 6) & 0x3fff) !== 0) return null;
    const source = [...frame.subarray(at + 12, at + 16)].join('.');
    const destination = [...frame.subarray(at + 16, at + 20)].join('.');
    return ports(frame, at + headerLen, source, destination);
  }
  if (version !== 6 || frame[at + 6] !== 17 || frame.length - at < 48) return null;
  const source = frame.toString('hex', at + 8, at + 24);
  const destination = frame.toString('hex', at + 24, at + 40);
  return ports(frame, at + 40, source, destination);
}

function ports(frame: Buffer, at: number, source: string, destination: string): Datagram | null {
  if (at + 8 > frame.length) return null;
  const a = `${source}:${frame.readUInt16BE(at)}`;
  const b = `${destination}:${frame.readUInt16BE(at + 2)}`;
  const payload = frame.subarray(at + 8, Math.min(frame.length, at + frame.readUInt16BE(at + 4)));
  return { key: a < b ? `${a}|${b}` : `${b}|${a}`, forward: a < b, payload };
}
