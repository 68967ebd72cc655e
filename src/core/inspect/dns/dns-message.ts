import { u16 } from '../../common/bytes.js';
import { skipName } from './dns-name.js';

/** DNS message layout (RFC 1035 §4.1), and whether bytes are one. Offsets are relative to the message's first byte. */
const FLAGS = 2;
const QUESTION_COUNT = 4;
const ANSWER_COUNT = 6;
const AUTHORITY_COUNT = 8;
const ADDITIONAL_COUNT = 10;
export const HEADER_LEN = 12;

const FLAG_RESPONSE = 0x8000;
const FLAG_AUTHORITATIVE = 0x0400;
const FLAG_RECURSION_AVAILABLE = 0x0080;
const FLAG_RESERVED = 0x0040;
const OPCODE_QUERY = 0;
const OPCODE_NOTIFY = 4;
const OPCODE_UPDATE = 5;
/** Highest assigned opcode: DNS stateful operations (RFC 8490). */
const MAX_OPCODE = 6;
/** Highest code in a header without EDNS: NOTZONE (RFC 2136). */
const MAX_RCODE = 11;

/** Root name, type and class. */
const MIN_QUESTION_LEN = 5;
/** Root name, type, class, TTL and RDLENGTH. */
const MIN_RECORD_LEN = 11;
/** Behind the owner name of a record: type, class, TTL, RDLENGTH. */
export const RECORD_FIXED_LEN = 10;
export const RECORD_TYPE = 0;
export const RECORD_CLASS = 2;
export const RECORD_TTL = 4;
export const RECORD_DATA_LEN = 8;

export function isResponse(buf: Buffer, start: number): boolean {
  return (u16(buf, start + FLAGS) & FLAG_RESPONSE) !== 0;
}

export function responseCode(buf: Buffer, start: number): number {
  return u16(buf, start + FLAGS) & 15;
}

export function questionCount(buf: Buffer, start: number): number {
  return u16(buf, start + QUESTION_COUNT);
}

export function answerCount(buf: Buffer, start: number): number {
  return u16(buf, start + ANSWER_COUNT);
}

/** Records behind the question section. */
export function recordCount(buf: Buffer, start: number): number {
  return answerCount(buf, start) + u16(buf, start + AUTHORITY_COUNT) + u16(buf, start + ADDITIONAL_COUNT);
}

/** Whether the opcode is an assigned one. Needs HEADER_LEN bytes, as all of these. */
export function hasKnownOpcode(buf: Buffer, start: number): boolean {
  return opcode(buf, start) <= MAX_OPCODE;
}

/** Whether a message of `messageLen` bytes can hold as many questions and records as its header says. */
export function countsFit(buf: Buffer, start: number, messageLen: number): boolean {
  const least = questionCount(buf, start) * MIN_QUESTION_LEN + recordCount(buf, start) * MIN_RECORD_LEN;
  return HEADER_LEN + least <= messageLen;
}

/**
 * Whether this is the header of an ordinary query, notification, update or answer to one: what is asked off port 53.
 */
export function isOrdinaryHeader(buf: Buffer, start: number): boolean {
  const flags = u16(buf, start + FLAGS);
  if ((flags & FLAG_RESERVED) !== 0 || questionCount(buf, start) !== 1) return false;
  const op = opcode(buf, start);
  if (op !== OPCODE_QUERY && op !== OPCODE_NOTIFY && op !== OPCODE_UPDATE) return false;
  if ((flags & FLAG_RESPONSE) !== 0) return (flags & 15) <= MAX_RCODE;
  if ((flags & (FLAG_RECURSION_AVAILABLE | 15)) !== 0) return false;
  if (op !== OPCODE_QUERY) return true;
  return (flags & FLAG_AUTHORITATIVE) === 0 && answerCount(buf, start) === 0;
}

/** Classes IN, CH, HS, NONE and ANY (RFC 6895 §3.2), mDNS' unicast-response bit set or not (RFC 6762 §5.4). */
export function isKnownClass(value: number): boolean {
  const recordClass = value & 0x7fff;
  return recordClass === 1 || recordClass === 3 || recordClass === 4 || recordClass === 254 || recordClass === 255;
}

/** Query and record types in use (IANA "Resource Record (RR) TYPEs"). */
export function isKnownType(type: number): boolean {
  return (
    (type >= 1 && type <= 68) || (type >= 99 && type <= 109) || (type >= 249 && type <= 263) || (type | 1) === 32769
  );
}

/** Whether the records from `at` on fill the message exactly up to `end`, without a byte too many. */
export function recordsReach(buf: Buffer, start: number, at: number, end: number): boolean {
  for (let left = recordCount(buf, start); left > 0; left--) {
    at = skipName(buf, at, end);
    if (at < 0 || at + RECORD_FIXED_LEN > end) return false;
    if (!isKnownType(u16(buf, at + RECORD_TYPE))) return false;
    at += RECORD_FIXED_LEN + u16(buf, at + RECORD_DATA_LEN);
    if (at > end) return false;
  }
  return at === end;
}

function opcode(buf: Buffer, start: number): number {
  return (u16(buf, start + FLAGS) >> 11) & 15;
}
