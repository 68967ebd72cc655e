import type { PacketBatch } from '../capture/packet-batch.js';
import { keepRuns, type RunSink } from './kept-runs.js';

/** pcap file header and record header (draft-ietf-opsawg-pcap-04 §4, §5), little-endian, time in µs. */
const MAGIC_MICROS = 0xa1b2c3d4;
const FILE_HEADER_LEN = 24;
const RECORD_HEADER_LEN = 16;
const SNAP_LEN = 262_144;
const LINKTYPE_ETHERNET = 1;

/**
 * Writes the packets that a filter keeps: byte for byte where the input's format allows that, else as pcap. A pcap file
 * has one link type, that of the first packet; packets of other link types are left out and counted.
 */
export class KeptPackets {
  private readonly header = Buffer.alloc(FILE_HEADER_LEN);
  private isConverting = false;
  private linkType = -1;
  private leftOut = 0;

  constructor(private readonly sink: RunSink) {}

  /** Takes a batch but for the records whose entry in `dropped` is not 0. */
  take(batch: PacketBatch, dropped: Uint8Array): void {
    if (batch.isCopyable) {
      keepRuns(batch, dropped, this.sink);
      return;
    }
    this.isConverting = true;
    for (let i = 0; i < batch.count; i++) if (dropped[i] === 0) this.convert(batch, i);
  }

  /** The input is over. Returns what to warn of. */
  close(): string[] {
    if (!this.isConverting) return [];
    if (this.linkType < 0) this.begin(LINKTYPE_ETHERNET);
    const warnings = ['the output is a pcap file, since filter does not write the format of the input'];
    if (this.leftOut > 0)
      warnings.push(`${this.leftOut} packets of other link types do not fit into it and are left out`);
    return warnings;
  }

  private convert(batch: PacketBatch, i: number): void {
    const linkType = batch.linkType[i]!;
    if (this.linkType < 0) this.begin(linkType);
    if (linkType !== this.linkType) {
      this.leftOut++;
      return;
    }
    const { header, sink } = this;
    const start = batch.frameStart[i]!;
    const end = batch.frameEnd[i]!;
    const micros = Math.max(0, batch.tsMicros[i]!);
    const seconds = Math.floor(micros / 1e6);
    header.writeUInt32LE(seconds % 2 ** 32, 0);
    header.writeUInt32LE(micros - seconds * 1e6, 4);
    header.writeUInt32LE(end - start, 8);
    header.writeUInt32LE(batch.wireLen[i]!, 12);
    sink.keep(header, 0, RECORD_HEADER_LEN);
    if (end > start) sink.keep(batch.buf, start, end);
  }

  private begin(linkType: number): void {
    this.linkType = linkType;
    const { header } = this;
    header.fill(0);
    header.writeUInt32LE(MAGIC_MICROS, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(SNAP_LEN, 16);
    header.writeUInt32LE(linkType, 20);
    this.sink.keep(header, 0, FILE_HEADER_LEN);
  }
}
