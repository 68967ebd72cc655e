import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FORGE_EPOCH_MICROS } from '../test/forge/packet.js';
import type { CaptureStream } from './capture-stream.js';

const FILE_HEADER_LEN = 24;
const RECORD_HEADER_LEN = 16;
const MAGIC_LE = 0xd4c3b2a1;
const LINK_ETHERNET = 1;
const ETHERNET_LEN = 14;
const LARGEST_FRAME = 1514;

interface Frame {
  timeMicros: number;
  data: Buffer;
  wireLen: number;
}

/**
 * Repeats captures (classic, little-endian, microseconds, Ethernet; others are passed over) under other IPv4 and IPv6
 * addresses, one capture after the other, until `targetBytes` are written.
 */
export function writeReal(out: CaptureStream, from: readonly string[], targetBytes: number): void {
  const captures = from
    .flatMap(files)
    .map(readFrames)
    .filter((frames) => frames.length > 0);
  if (captures.length === 0) throw new Error(`no usable capture in ${from.join(', ')}`);
  let written = 0;
  for (let round = 0, startMicros = FORGE_EPOCH_MICROS; written < targetBytes; round++, startMicros += 60_000_000) {
    const frames = captures.flatMap((capture) => shifted(capture, startMicros));
    frames.sort((left, right) => left.timeMicros - right.timeMicros);
    for (const frame of frames) {
      readdress(frame.data, round);
      out.frame(frame.timeMicros, frame.data, frame.wireLen);
      written += RECORD_HEADER_LEN + frame.data.length;
      if (written >= targetBytes) break;
    }
  }
}

function files(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => files(join(path, name)));
}

function readFrames(path: string): Frame[] {
  const file = readFileSync(path);
  if (file.length < FILE_HEADER_LEN || file.readUInt32BE(0) !== MAGIC_LE || file.readUInt32LE(20) !== LINK_ETHERNET)
    return [];
  const frames: Frame[] = [];
  for (let at = FILE_HEADER_LEN; at + RECORD_HEADER_LEN <= file.length; ) {
    const start = at + RECORD_HEADER_LEN;
    const end = start + file.readUInt32LE(at + 8);
    if (end > file.length) break;
    const timeMicros = file.readUInt32LE(at) * 1_000_000 + file.readUInt32LE(at + 4);
    if (end - start <= LARGEST_FRAME) {
      frames.push({ timeMicros, data: file.subarray(start, end), wireLen: file.readUInt32LE(at + 12) });
    }
    at = end;
  }
  return frames;
}

/** Copies, beginning at `startMicros`; what lasts longer than a minute is squeezed into one. */
function shifted(capture: readonly Frame[], startMicros: number): Frame[] {
  const first = capture[0]!.timeMicros;
  const span = Math.max(...capture.map((frame) => frame.timeMicros - first));
  const scale = span > 50_000_000 ? 50_000_000 / span : 1;
  return capture.map((frame) => ({
    ...frame,
    data: Buffer.from(frame.data),
    timeMicros: startMicros + Math.max(0, Math.floor((frame.timeMicros - first) * scale)),
  }));
}

/** Changes two bytes of both addresses by the round, and the checksums with them (RFC 1624). */
function readdress(frame: Buffer, round: number): void {
  if (round === 0 || frame.length < ETHERNET_LEN + 40) return;
  const etherType = frame.readUInt16BE(12);
  const ip = ETHERNET_LEN;
  if (etherType === 0x0800) {
    const isFirst = (frame.readUInt16BE(ip + 6) & 0x1fff) === 0;
    const transport = isFirst ? transportSumAt(frame, ip + (frame[ip]! & 15) * 4, frame[ip + 9]!) : -1;
    for (const at of [ip + 12, ip + 16]) replace(frame, at, round, [ip + 10, transport]);
  } else if (etherType === 0x86dd) {
    const transport = transportSumAt(frame, ip + 40, frame[ip + 6]!);
    for (const at of [ip + 12, ip + 28]) replace(frame, at, round, [transport]);
  }
}

function transportSumAt(frame: Buffer, start: number, proto: number): number {
  const at = proto === 6 ? start + 16 : proto === 17 ? start + 6 : -1;
  return at >= 0 && at + 2 <= frame.length ? at : -1;
}

function replace(frame: Buffer, at: number, round: number, sums: readonly number[]): void {
  const before = frame.readUInt16BE(at);
  const after = before ^ (((round * 0x9e37) & 0xffff) | 1);
  frame.writeUInt16BE(after, at);
  for (const sumAt of sums) {
    if (sumAt < 0) continue;
    const old = frame.readUInt16BE(sumAt);
    if (old === 0 && sumAt !== ETHERNET_LEN + 10) continue;
    let sum = (~old & 0xffff) + (~before & 0xffff) + after;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    frame.writeUInt16BE(~sum & 0xffff, sumAt);
  }
}
