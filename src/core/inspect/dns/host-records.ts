import { u16 } from '../../common/bytes.js';
import {
  HEADER_LEN,
  isResponse,
  questionCount,
  RECORD_CLASS,
  RECORD_DATA_LEN,
  RECORD_FIXED_LEN,
  RECORD_TYPE,
  recordCount,
} from './dns-message.js';
import { skipName } from './dns-name.js';

/**
 * The records that tie a name to an address (RFC 1035 §3.4.1 and §3.3.12, RFC 3596 §2.1, RFC 1002 §4.2.1.3). NetBIOS
 * messages share the layout.
 */
const RECORD_A = 1;
export const RECORD_PTR = 12;
export const RECORD_AAAA = 28;
export const RECORD_NB = 32;

const CLASS_IN = 1;
/** Above the class of a multicast record: the receiver should flush its cache (RFC 6762 §10.2). */
const CLASS_BITS = 0x7fff;
const QUESTION_FIXED_LEN = 4;
const MAX_QUESTIONS = 64;
const MAX_RECORDS = 256;
const MAX_KEPT = 64;

/** Records of one message: entries 0 to `count` - 1 of each array. Make one and reuse it. */
export class HostRecords {
  count = 0;
  /** RECORD_* */
  readonly types: Uint8Array = new Uint8Array(MAX_KEPT);
  /** Offsets of the owner's name, and of the data. */
  readonly ownerStart: Int32Array = new Int32Array(MAX_KEPT);
  readonly dataStart: Int32Array = new Int32Array(MAX_KEPT);
  readonly dataEnd: Int32Array = new Int32Array(MAX_KEPT);
}

/**
 * Collects the records of those types from all sections of the message in `buf[start, end)`, at most 64. A message that
 * is cut off or broken gives those before the damage; bytes too short for a header give none.
 */
export function readHostRecords(buf: Buffer, start: number, end: number, into: HostRecords): void {
  into.count = 0;
  if (end - start < HEADER_LEN || questionCount(buf, start) > MAX_QUESTIONS) return;
  let at = start + HEADER_LEN;
  for (let left = questionCount(buf, start); left > 0; left--) {
    at = skipName(buf, at, end);
    if (at < 0) return;
    at += QUESTION_FIXED_LEN;
  }
  for (let left = Math.min(recordCount(buf, start), MAX_RECORDS); left > 0 && into.count < MAX_KEPT; left--) {
    const ownerStart = at;
    const fixed = skipName(buf, at, end);
    if (fixed < 0 || fixed + RECORD_FIXED_LEN > end) return;
    const dataStart = fixed + RECORD_FIXED_LEN;
    at = dataStart + u16(buf, fixed + RECORD_DATA_LEN);
    if (at > end) return;
    const type = u16(buf, fixed + RECORD_TYPE);
    if ((u16(buf, fixed + RECORD_CLASS) & CLASS_BITS) !== CLASS_IN || !isWanted(type, at - dataStart)) continue;
    into.types[into.count] = type;
    into.ownerStart[into.count] = ownerStart;
    into.dataStart[into.count] = dataStart;
    into.dataEnd[into.count++] = at;
  }
}

/** Whether the message in `buf[start, end)` is a response to be read for records. */
export function isAnswer(buf: Buffer, start: number, end: number): boolean {
  return end - start >= HEADER_LEN && isResponse(buf, start);
}

function isWanted(type: number, dataLen: number): boolean {
  if (type === RECORD_A) return dataLen === 4;
  if (type === RECORD_AAAA) return dataLen === 16;
  // Flags and an address; of a group or a host with several addresses, more of them.
  if (type === RECORD_NB) return dataLen === 6;
  return type === RECORD_PTR && dataLen > 0;
}
