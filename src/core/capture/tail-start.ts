import { u32, u32le } from '../common/bytes.js';
import { pcapMagic } from './file-headers.js';
import { MAX_RECORD_LEN } from './format.js';

const RECORD_HEADER_LEN = 16;
const MODIFIED_RECORD_HEADER_LEN = 24;
/** A record may lie before the first one by a day, and behind it by ten years. */
const MAX_BEFORE_SECONDS = 86_400;
const MAX_BEHIND_SECONDS = 10 * 366 * 86_400;
/** pcapng: type, length, and the length again at the end (draft-ietf-opsawg-pcapng §3.1). */
const BLOCK_OVERHEAD = 12;
const SECTION_HEADER = 0x0a0d0d0a;
/** Blocks without packets at the end of a file: statistics, names. */
const MAX_BLOCKS = 64;

/**
 * Offset in `tail`, the last bytes of a plain pcap or pcapng file, where records or blocks begin that reach exactly to
 * its end; -1 where none do. `head` are the file's bytes before its first packet. Records of pcap have no mark: a chain
 * of plausible ones is taken, with times near `firstMicros`.
 */
export function tailStart(head: Buffer, tail: Buffer, firstMicros: number): number {
  const magic = pcapMagic(head, 0, head.length);
  if (magic === null) return head.length >= 12 && u32(head, 0) === SECTION_HEADER ? blocksStart(head, tail) : -1;
  const read = magic.littleEndian ? u32le : u32;
  const headerLen = magic.modified ? MODIFIED_RECORD_HEADER_LEN : RECORD_HEADER_LEN;
  const fractions = magic.nanos ? 1e9 : 1e6;
  const firstSeconds = Math.floor(firstMicros / 1e6);
  /** Where the record at `at` ends; -1 for what can be none. */
  const endOf = (at: number): number => {
    if (tail.length - at < headerLen) return -1;
    const seconds = read(tail, at) >>> 0;
    if (seconds < firstSeconds - MAX_BEFORE_SECONDS || seconds > firstSeconds + MAX_BEHIND_SECONDS) return -1;
    const len = read(tail, at + 8) >>> 0;
    if (read(tail, at + 4) >>> 0 >= fractions || len > MAX_RECORD_LEN || len > read(tail, at + 12) >>> 0) return -1;
    return at + headerLen + len;
  };
  // From the end on, so that each offset is looked at once: a record reaches the end if the one behind it does.
  const reachesEnd = new Uint8Array(tail.length + 1);
  reachesEnd[tail.length] = 1;
  let first = -1;
  for (let at = tail.length - headerLen; at >= 0; at--) {
    const end = endOf(at);
    if (end < 0 || end > tail.length || reachesEnd[end] === 0) continue;
    reachesEnd[at] = 1;
    first = at;
  }
  return first;
}

/** Each block of pcapng ends with its length. Goes back until a block with packets is sure to be among them. */
function blocksStart(head: Buffer, tail: Buffer): number {
  // The byte-order magic of the section header.
  const read = u32(head, 8) === 0x1a2b3c4d ? u32 : u32le;
  let start = tail.length;
  for (let n = 0; n < MAX_BLOCKS && start >= BLOCK_OVERHEAD; n++) {
    const len = read(tail, start - 4) >>> 0;
    if (len < BLOCK_OVERHEAD || len % 4 !== 0 || len > start || read(tail, start - len + 4) >>> 0 !== len) break;
    // Another section has interfaces of its own.
    if (u32(tail, start - len) === SECTION_HEADER) return -1;
    start -= len;
  }
  return start < tail.length ? start : -1;
}
