import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { foldChecksum, onesSum } from '../test/forge/checksum.js';
import { PROTO_TCP, PROTO_UDP } from '../test/forge/ip.js';
import { pcapHeader } from '../test/forge/pcap.js';
import { SYN, SYN_OPTIONS } from '../test/forge/transport.js';
import type { Connection } from './connection.js';

const CHUNK_LEN = 1 << 20;
const LARGEST_RECORD = 16 + 14 + 0xffff;
const MACS = Buffer.from([0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1]);
const EMPTY = Buffer.alloc(0);

/** Writes Ethernet frames into a classic capture through one reused chunk; nothing is allocated per packet. */
export class CaptureStream {
  packets = 0;
  bytes = 0;
  private readonly path: string;
  private readonly fd: number;
  private readonly chunk = Buffer.alloc(CHUNK_LEN + LARGEST_RECORD);
  private used = 0;

  /** The file appears under `path` when `finish` is called. */
  constructor(path: string) {
    this.path = path;
    this.fd = openSync(`${path}.tmp`, 'w');
    this.used = pcapHeader().copy(this.chunk);
  }

  /** One TCP segment of a connection, which keeps its own sequence numbers. */
  tcp(timeMicros: number, of: Connection, fromClient: boolean, flags: number, payload: Buffer | null): void {
    const data = payload ?? EMPTY;
    const options = flags & SYN ? SYN_OPTIONS.length : 0;
    const start = this.header(timeMicros, of, fromClient, PROTO_TCP, 20 + options + data.length);
    const out = this.chunk;
    out.writeUInt32BE((fromClient ? of.clientSeq : of.serverSeq) >>> 0, start + 4);
    out.writeUInt32BE(flags === SYN ? 0 : (fromClient ? of.serverSeq : of.clientSeq) >>> 0, start + 8);
    out[start + 12] = ((20 + options) / 4) << 4;
    out[start + 13] = flags;
    out.writeUInt16BE(64_240, start + 14);
    out.writeUInt32BE(0, start + 16);
    if (options > 0) SYN_OPTIONS.copy(out, start + 20);
    this.body(start, 20 + options, data, of, PROTO_TCP, 16);
    const advance = data.length + (flags & 0x03 ? 1 : 0);
    if (fromClient) of.clientSeq = (of.clientSeq + advance) | 0;
    else of.serverSeq = (of.serverSeq + advance) | 0;
  }

  udp(timeMicros: number, of: Connection, fromClient: boolean, payload: Buffer): void {
    const start = this.header(timeMicros, of, fromClient, PROTO_UDP, 8 + payload.length);
    this.chunk.writeUInt16BE(8 + payload.length, start + 4);
    this.chunk.writeUInt16BE(0, start + 6);
    this.body(start, 8, payload, of, PROTO_UDP, 6);
  }

  /** A frame that is ready, such as one of another capture. */
  frame(timeMicros: number, frame: Buffer, wireLen: number): void {
    const at = this.record(timeMicros, frame.length, wireLen);
    frame.copy(this.chunk, at);
    this.used = at + frame.length;
    this.flushIfFull();
  }

  finish(): void {
    this.flush();
    closeSync(this.fd);
    renameSync(`${this.path}.tmp`, this.path);
  }

  private record(timeMicros: number, len: number, wireLen = len): number {
    const out = this.chunk;
    const seconds = Math.floor(timeMicros / 1_000_000);
    out.writeUInt32LE(seconds, this.used);
    out.writeUInt32LE(Math.floor(timeMicros - seconds * 1_000_000), this.used + 4);
    out.writeUInt32LE(len, this.used + 8);
    out.writeUInt32LE(wireLen, this.used + 12);
    this.packets++;
    return this.used + 16;
  }

  /** Record, Ethernet and IP header and the ports; returns where the transport header starts. */
  private header(timeMicros: number, of: Connection, fromClient: boolean, proto: number, segmentLen: number): number {
    const isV4 = of.client.length === 4;
    const ipLen = isV4 ? 20 : 40;
    const ip = this.record(timeMicros, 14 + ipLen + segmentLen) + 14;
    const out = this.chunk;
    MACS.copy(out, ip - 14);
    const source = fromClient ? of.client : of.server;
    const destination = fromClient ? of.server : of.client;
    if (isV4) {
      out.writeUInt16BE(0x0800, ip - 2);
      out.writeUInt16BE(0x4500, ip);
      out.writeUInt16BE(ipLen + segmentLen, ip + 2);
      out.writeUInt32BE(0x4000, ip + 4);
      out.writeUInt32BE((64 << 24) | (proto << 16), ip + 8);
      source.copy(out, ip + 12);
      destination.copy(out, ip + 16);
      out.writeUInt16BE(foldChecksum(onesSum(out, ip, ip + 20)), ip + 10);
    } else {
      out.writeUInt16BE(0x86dd, ip - 2);
      out.writeUInt32BE(0x6000_0000, ip);
      out.writeUInt16BE(segmentLen, ip + 4);
      out[ip + 6] = proto;
      out[ip + 7] = 64;
      source.copy(out, ip + 8);
      destination.copy(out, ip + 24);
    }
    out.writeUInt16BE(fromClient ? of.clientPort : of.serverPort, ip + ipLen);
    out.writeUInt16BE(fromClient ? of.serverPort : of.clientPort, ip + ipLen + 2);
    return ip + ipLen;
  }

  private body(start: number, headerLen: number, payload: Buffer, of: Connection, proto: number, sumAt: number): void {
    payload.copy(this.chunk, start + headerLen);
    const end = start + headerLen + payload.length;
    const pseudo = of.addressSum + proto + (end - start);
    this.chunk.writeUInt16BE(foldChecksum(onesSum(this.chunk, start, end, pseudo)), start + sumAt);
    this.used = end;
    this.flushIfFull();
  }

  private flushIfFull(): void {
    if (this.used >= CHUNK_LEN) this.flush();
  }

  private flush(): void {
    for (let at = 0; at < this.used; ) at += writeSync(this.fd, this.chunk, at, this.used - at);
    this.bytes += this.used;
    this.used = 0;
  }
}
