import { u16, u16le, u32, u32le } from '../common/bytes.js';

/** First bytes of pcap (draft-ietf-opsawg-pcap-04 §4) and pcapng files (draft-ietf-opsawg-pcapng-03 §4.1). */
const MAGIC_MICROS = 0xa1b2c3d4;
const MAGIC_NANOS = 0xa1b23c4d;
/** Kuznetzov's patch, with longer record headers. */
const MAGIC_MODIFIED = 0xa1b2cd34;

const PCAP_VERSION_MAJOR = 4;
const PCAP_TIME_ZONE = 8;
const PCAP_ACCURACY = 12;
const PCAP_RECORD_LEN = 16;

const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC_AT = 8;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const PCAPNG_SNIFF_LEN = 12;

/** Meaning of a pcap file's magic number. */
export interface PcapMagic {
  readonly littleEndian: boolean;
  readonly nanos: boolean;
  readonly modified: boolean;
}

/** Reads a pcap magic number at `at`; null for any other four bytes, and for fewer. */
export function pcapMagic(buf: Buffer, at: number, end: number): PcapMagic | null {
  if (end - at < 4) return null;
  const big = u32(buf, at);
  const littleEndian = (big & 0xffff) === 0xb2a1;
  const magic = littleEndian ? u32le(buf, at) : big;
  if (magic !== MAGIC_MICROS && magic !== MAGIC_NANOS && magic !== MAGIC_MODIFIED) return null;
  return { littleEndian, nanos: magic === MAGIC_NANOS, modified: magic === MAGIC_MODIFIED };
}

/** Whether a pcapng section header begins at `at`; of fewer than 12 bytes the first four decide. */
export function beginsPcapng(buf: Buffer, at: number, end: number): boolean {
  if (end - at < 4 || u32(buf, at) !== SECTION_HEADER) return false;
  if (end - at < PCAPNG_SNIFF_LEN) return true;
  const magic = at + BYTE_ORDER_MAGIC_AT;
  return u32(buf, magic) === BYTE_ORDER_MAGIC || u32le(buf, magic) === BYTE_ORDER_MAGIC;
}

/**
 * Whether another file's header stands where a record or block is due, as after `cat a.pcap b.pcap`. Needs 16 bytes.
 * As a record it would be one of no bytes in the year 2055, whose fields happen to make a version.
 */
export function beginsNextFile(buf: Buffer, at: number, end: number): boolean {
  if (end - at < PCAP_RECORD_LEN) return false;
  const magic = pcapMagic(buf, at, end);
  if (magic === null) return beginsPcapng(buf, at, end);
  const major = magic.littleEndian ? u16le(buf, at + PCAP_VERSION_MAJOR) : u16(buf, at + PCAP_VERSION_MAJOR);
  return major === 2 && u32(buf, at + PCAP_TIME_ZONE) === 0 && u32(buf, at + PCAP_ACCURACY) === 0;
}
