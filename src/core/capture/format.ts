import type { PacketBatch } from './packet-batch.js';

/** The batch is full, or the bytes ended exactly behind a record. */
export const READ_OK = 0;
/** The record at the returned offset is not whole: go on with at least `neededLen` bytes from there. */
export const NEED_MORE = 1;
/** The record at the returned offset contradicts itself, and nothing behind it can be trusted. */
export const DAMAGED = 2;

/** Another capture file begins at the returned offset: a reader of its own goes on from there. */
export const NEXT_FILE = 3;

export type ReadStatus = 0 | 1 | 2 | 3;

export type CaptureFormatName = 'pcap' | 'pcapng' | 'snoop' | 'netmon';

/** Link type of frames whose medium has no LINKTYPE_ number. */
export const UNKNOWN_LINK_TYPE = 0xffff;

/**
 * Longest record or block read, its header included. Wiretap and libpcap stop at the same length for pcapng blocks; a
 * length beyond it is damage, not a packet.
 */
export const MAX_RECORD_LEN = 16 * 1024 * 1024;
/** Captured lengths up to here are always believed (MAXIMUM_SNAPLEN of libpcap, 256 KiB). */
export const MAX_PLAIN_FRAME_LEN = 256 * 1024;
/** Greatest number of wire bytes that a batch can hold. */
export const MAX_WIRE_LEN = 0x7fffffff;

/**
 * Walks the records of one capture. Holds the capture's own description (byte order, interfaces), never its bytes.
 */
export interface CaptureReader {
  readonly format: CaptureFormatName;
  readonly status: ReadStatus;
  /** With NEED_MORE: bytes needed from the returned offset, at most MAX_RECORD_LEN. */
  readonly neededLen: number;
  /** The unit at the returned offset: "the file header", "a packet record", "a block". */
  readonly unit: string;
  /** With DAMAGED: the fault, without position ("the record claims ..."); '' otherwise. */
  readonly damage: string;
  /**
   * Reads `buf[start, end)` from where the last call ended and replaces the batch's rows. Returns the offset of the
   * first byte not consumed; `status` says why it stopped. Sets `batch.buf`, `count`, `start` and `end`,
   * and clears `isCopyable` where a record can't be copied out of the file.
   */
  walk(buf: Buffer, start: number, end: number, batch: PacketBatch): number;
}

export interface CaptureFormat {
  readonly name: CaptureFormatName;
  /** True when the bytes from `start` begin like this format; needs 4 bytes, judges by up to SNIFF_LEN. */
  sniff(buf: Buffer, start: number, end: number): boolean;
  open(): CaptureReader;
}

/** Bytes with which every sniffer is certain. */
export const SNIFF_LEN = 12;
