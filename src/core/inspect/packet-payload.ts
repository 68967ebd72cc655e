import type { Endpoint } from '../flow/flow-rows.js';

const NO_BYTES = Buffer.alloc(0);

/**
 * The payload of one packet on its way to the inspectors: `buf[start, end)`. The engine has one record a kind and fills
 * it for each packet; who receives it keeps neither the record nor `buf`.
 */
export class PacketPayload {
  /** Row of the connection. */
  row = 0;
  /** The endpoint that sent it. */
  sender: Endpoint = 0;
  buf: Buffer = NO_BYTES;
  start = 0;
  end = 0;
  /** Length on the wire in bytes: more than `end - start` where the capture cut the packet. */
  wireLen = 0;
  /** Number of the packet within the capture, from 1. */
  packetNumber = 0;
  /** Packet time in µs since the epoch. */
  tsMicros = 0;
}

/** The payload of a TCP segment. */
export class Segment extends PacketPayload {
  /** Sequence number of `buf[start]`: behind the SYN in a segment that has one. */
  seq = 0;

  /** Sequence number behind the payload. */
  get endSeq(): number {
    return (this.seq + this.wireLen) | 0;
  }

  /** A segment of its own with a copy of the bytes. */
  copy(): Segment {
    const copy = Object.assign(new Segment(), this);
    copy.buf = Buffer.from(this.buf.subarray(this.start, this.end));
    copy.start = 0;
    copy.end = this.end - this.start;
    return copy;
  }

  /** Takes `len` bytes off the front; more than there are leave nothing. */
  trimFront(len: number): void {
    this.start += len;
    this.seq = (this.seq + len) | 0;
    this.wireLen -= len;
  }
}
