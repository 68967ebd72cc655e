import { DpiError } from '../common/error.js';

interface Signature {
  readonly bytes: string;
  /** Where the bytes stand, 0 by default. */
  readonly at?: number;
  readonly what: string;
}

const UNREAD_CAPTURE = "in a format that dpi does not read; Wireshark's `editcap -F pcapng` converts it";
const UNREAD_ARCHIVE = 'which dpi does not unpack';

/** Beginnings of files that people mistake for captures, longest first where one begins like another. Latin-1. */
const SIGNATURES: readonly Signature[] = [
  { bytes: 'btsnoop\0', what: `a Bluetooth btsnoop capture, ${UNREAD_CAPTURE}` },
  { bytes: 'RTSS', what: `a Microsoft Network Monitor 1 capture, ${UNREAD_CAPTURE}` },
  { bytes: 'iptrace 1.0', what: `an AIX iptrace capture, ${UNREAD_CAPTURE}` },
  { bytes: 'iptrace 2.0', what: `an AIX iptrace capture, ${UNREAD_CAPTURE}` },
  { bytes: 'TRSNIFF data    \x1a', what: `a Network General Sniffer capture, ${UNREAD_CAPTURE}` },
  { bytes: 'XCP\0', what: `a NetXRay or Windows Sniffer capture, ${UNREAD_CAPTURE}` },
  { bytes: 'VL\0\0', what: `a NetXRay capture, ${UNREAD_CAPTURE}` },
  { bytes: '\x7fver', what: `an OmniPeek capture, ${UNREAD_CAPTURE}` },
  { bytes: '\x05VNF', what: `a Visual Networks capture, ${UNREAD_CAPTURE}` },
  { bytes: '\x1c\0\x01\xac', what: `an Ixia lcap capture, ${UNREAD_CAPTURE}` },
  { bytes: '\xac\x01\0\x1c', what: `an Ixia lcap capture, ${UNREAD_CAPTURE}` },
  { bytes: '\xa1\xb2\xc3', what: 'a pcap file of an unknown variant' },
  { bytes: '\x89PNG\r\n\x1a\n', what: 'a PNG image' },
  { bytes: '\xff\xd8\xff', what: 'a JPEG image' },
  { bytes: 'GIF8', what: 'a GIF image' },
  { bytes: 'WEBP', at: 8, what: 'a WebP image' },
  { bytes: 'BM', what: 'a BMP image' },
  { bytes: 'II*\0', what: 'a TIFF image' },
  { bytes: 'MM\0*', what: 'a TIFF image' },
  { bytes: '%PDF-', what: 'a PDF document' },
  { bytes: '\x7fELF', what: 'an ELF program or library' },
  { bytes: 'MZ', what: 'a Windows program or library' },
  { bytes: '\xcf\xfa\xed\xfe', what: 'a macOS program' },
  { bytes: '\0asm', what: 'a WebAssembly module' },
  { bytes: 'PK\x03\x04', what: `a zip archive, ${UNREAD_ARCHIVE}` },
  { bytes: 'PK\x05\x06', what: 'an empty zip archive' },
  { bytes: '\xfd7zXZ\0', what: `xz-compressed data, ${UNREAD_ARCHIVE} (xz -d does)` },
  { bytes: 'BZh', what: `bzip2-compressed data, ${UNREAD_ARCHIVE} (bzip2 -d does)` },
  { bytes: '\x02!L\x18', what: `lz4 data in its legacy format, ${UNREAD_ARCHIVE} (lz4 -d does)` },
  { bytes: "7z\xbc\xaf'\x1c", what: `a 7-Zip archive, ${UNREAD_ARCHIVE}` },
  { bytes: 'Rar!\x1a\x07', what: `a RAR archive, ${UNREAD_ARCHIVE}` },
  { bytes: 'ustar', at: 257, what: `a tar archive, ${UNREAD_ARCHIVE}` },
  { bytes: '\x1f\x8b', what: 'gzip data' },
  { bytes: '\x1f\x9d', what: `data of the old compress program, ${UNREAD_ARCHIVE}` },
  { bytes: '\x28\xb5\x2f\xfd', what: 'zstd data' },
  { bytes: '\x04"M\x18', what: 'lz4 data' },
  { bytes: 'SQLite format 3\0', what: 'an SQLite database' },
  { bytes: 'PAR1', what: 'a Parquet file' },
  { bytes: 'ID3', what: 'an MP3 file' },
  { bytes: 'OggS', what: 'an Ogg file' },
  { bytes: 'ftyp', at: 4, what: 'an MP4 or QuickTime file' },
  { bytes: '#!', what: 'a script' },
  { bytes: '\xff\xfe', what: 'a text file in UTF-16' },
  { bytes: '\xfe\xff', what: 'a text file in UTF-16' },
];

/** How much of the head is judged as text. */
const TEXT_HEAD_LEN = 4096;
const MAX_UTF8_LEN = 4;

/**
 * Describes bytes that are no capture, as a noun phrase ("a PNG image", "an empty file"). `head` is the
 * beginning of the file, best 300 bytes or more; `compression` names the packing that it came in.
 */
export function describeNonCapture(head: Buffer, compression: string | null = null): string {
  const what = describeContent(head, compression !== null);
  return compression === null ? what : `${compression} data that holds ${what}`;
}

/** The error for an input that is no capture; `name` as given, "-" for standard input. */
export function notACapture(name: string, head: Buffer, compression: string | null, damage: string | null): DpiError {
  const label = inputLabel(name);
  if (head.length === 0 && compression === null) return new DpiError('input-empty', `${label} is empty`);
  if (head.length === 0 && damage !== null) {
    return new DpiError('input-not-a-capture', `${label} is no capture: ${damage} before its first byte of content`);
  }
  const what = describeNonCapture(head, compression);
  return new DpiError('input-not-a-capture', `${label} is no pcap or pcapng capture: it looks like ${what}`);
}

/** An input as sentences name it. */
export function inputLabel(name: string): string {
  return name === '-' ? 'standard input' : name;
}

function describeContent(head: Buffer, isInside: boolean): string {
  if (head.length === 0) return isInside ? 'nothing' : 'an empty file';
  for (const { bytes, at = 0, what } of SIGNATURES) {
    if (head.length >= at + bytes.length && head.toString('latin1', at, at + bytes.length) === bytes) return what;
  }
  if (isText(head)) return describeText(head);
  if (head.every((byte) => byte === 0)) return 'a run of zero bytes';
  if (head.length < 4) return `a file of only ${head.length} ${head.length === 1 ? 'byte' : 'bytes'}`;
  return `binary data of an unknown kind (first bytes ${head.toString('hex', 0, 4)})`;
}

function describeText(head: Buffer): string {
  const text = head
    .toString('utf8', 0, TEXT_HEAD_LEN)
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (/^<(!doctype html|html)/i.test(text)) return 'an HTML page';
  if (/^<\?xml/i.test(text)) return 'an XML document';
  if (/^[{[]\s*(["{[\]}]|-?\d|$)/.test(text)) return 'a JSON file';
  return 'a text file';
}

/** Valid UTF-8 without control characters other than white space; the last character may be cut. */
function isText(head: Buffer): boolean {
  const sample = head.subarray(0, TEXT_HEAD_LEN);
  for (const byte of sample) {
    if (byte === 0x7f || (byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== 0x1b)) return false;
  }
  const text = sample.toString('utf8');
  const firstBad = text.indexOf('\uFFFD');
  return firstBad === -1 || (firstBad > 0 && Buffer.byteLength(text.slice(0, firstBad)) > sample.length - MAX_UTF8_LEN);
}
