import { u16, u32 } from '../../common/bytes.js';
import {
  answerCount,
  HEADER_LEN,
  isResponse,
  questionCount,
  RECORD_CLASS,
  RECORD_DATA_LEN,
  RECORD_FIXED_LEN,
  RECORD_TTL,
  RECORD_TYPE,
  responseCode,
} from './dns-message.js';
import { sameName, skipName } from './dns-name.js';

/** The addresses that a DNS answer gives for the name that was asked for (RFC 1035 §4.1.3, RFC 3596, RFC 9460). */
const TYPE_A = 1;
const TYPE_CNAME = 5;
const TYPE_AAAA = 28;
const TYPE_SVCB = 64;
const TYPE_HTTPS = 65;
const CLASS_IN = 1;
const NO_ERROR = 0;

/** SvcParamKeys (RFC 9460 §14.3.2). */
const KEY_IPV4_HINT = 4;
const KEY_ECH = 5;
const KEY_IPV6_HINT = 6;

/** TargetName in the data of HTTPS and SVCB, behind the priority. */
const SVCB_TARGET = 2;

const IPV4_LEN = 4;
const IPV6_LEN = 16;
/** A TTL with the top bit set counts as zero (RFC 2181 §8). */
const MAX_TTL = 0x7fff_ffff;

/** Addresses of one message. */
export const MAX_ADDRESSES = 64;
/** Records of a message with ECH configurations: one for each alternative endpoint. */
const MAX_ECH_LISTS = 8;
/** Names that one chain may visit. */
const MAX_CHAIN = 12;
/** Records of the answer section that are looked at. */
const MAX_RECORDS = 256;

/** Addresses of one message: entries 0 to `count` - 1 of each array. Make one and reuse it. */
export class DnsAnswers {
  count = 0;
  /** 4 or 6. */
  readonly family: Uint8Array = new Uint8Array(MAX_ADDRESSES);
  /** Offset in the message's buffer of the 4 or 16 address bytes. */
  readonly addressStart: Int32Array = new Int32Array(MAX_ADDRESSES);
  /** Seconds, 0 to 2^31 - 1. */
  readonly ttl: Uint32Array = new Uint32Array(MAX_ADDRESSES);
  /** ECHConfigLists (RFC 9849 §4), from `ech` of HTTPS and SVCB records (RFC 9848 §3): the first `echCount`. */
  echCount = 0;
  readonly echStart: Int32Array = new Int32Array(MAX_ECH_LISTS);
  readonly echEnd: Int32Array = new Int32Array(MAX_ECH_LISTS);
  /** Offsets of the names that the question leads to over CNAME, HTTPS and SVCB records: the first `targetCount`. */
  targetCount = 0;
  readonly targetStart: Int32Array = new Int32Array(MAX_CHAIN);
}

/**
 * Offsets of the names that stand for the question: its own, and CNAME targets that follow from it. Reused by each
 * call: calls don't nest, and nothing in it survives one.
 */
const chain = new Int32Array(MAX_CHAIN);

/**
 * Collects the A and AAAA addresses, and the address hints of HTTPS and SVCB records, that the answer section of the
 * message in `buf[start, end)` gives for its first question, over CNAMEs and the targets of those records in any order,
 * which it collects too. Returns how many addresses (at most 64); 0
 * for a query, an error, or bytes that can't be read. Over TCP, `start` is behind the length. A message that is cut off
 * or broken gives what stands before the damage.
 */
export function readAnswers(buf: Buffer, start: number, end: number, into: DnsAnswers): number {
  into.count = 0;
  into.echCount = 0;
  into.targetCount = 0;
  if (end - start < HEADER_LEN || !isResponse(buf, start) || responseCode(buf, start) !== NO_ERROR) return 0;
  const questions = questionCount(buf, start);
  if (questions === 0) return 0;
  let answersStart = start + HEADER_LEN;
  for (let i = 0; i < questions; i++) {
    answersStart = skipName(buf, answersStart, end);
    if (answersStart < 0) return 0;
    answersStart += 4;
  }
  chain[0] = start + HEADER_LEN;
  const chainLen = followNames(buf, start, end, answersStart);
  into.targetCount = chainLen - 1;
  for (let i = 1; i < chainLen; i++) into.targetStart[i - 1] = chain[i]!;
  collectAddresses(buf, start, end, answersStart, chainLen, into);
  return into.count;
}

/** Fills `chain` behind its first entry; returns its length. Answers in order need one round and a look for no more. */
function followNames(buf: Buffer, start: number, end: number, answersStart: number): number {
  const records = Math.min(answerCount(buf, start), MAX_RECORDS);
  let chainLen = 1;
  for (let round = 0; round < MAX_CHAIN; round++) {
    const lenBefore = chainLen;
    let at = answersStart;
    for (let i = 0; i < records && chainLen < MAX_CHAIN; i++) {
      const fixed = skipName(buf, at, end);
      if (fixed < 0 || fixed + RECORD_FIXED_LEN > end) break;
      const data = fixed + RECORD_FIXED_LEN;
      const dataEnd = data + u16(buf, fixed + RECORD_DATA_LEN);
      if (dataEnd > end) break;
      const target = targetOf(buf, u16(buf, fixed + RECORD_TYPE), data, dataEnd);
      if (target >= 0 && isInChain(buf, start, end, at, chainLen) && !isInChain(buf, start, end, target, chainLen)) {
        chain[chainLen++] = target;
      }
      at = dataEnd;
    }
    if (chainLen === lenBefore) break;
  }
  return chainLen;
}

/** Where the record names another name for its owner; -1 where it does not. */
function targetOf(buf: Buffer, type: number, data: number, dataEnd: number): number {
  if (type === TYPE_CNAME) return data;
  // TargetName, in alias and in service mode; the root stands for the owner, or for none (RFC 9460 §2.5).
  const target = data + SVCB_TARGET;
  return (type === TYPE_HTTPS || type === TYPE_SVCB) && dataEnd > target && buf[target] !== 0 ? target : -1;
}

function collectAddresses(
  buf: Buffer,
  start: number,
  end: number,
  answersStart: number,
  chainLen: number,
  into: DnsAnswers,
): void {
  const records = Math.min(answerCount(buf, start), MAX_RECORDS);
  let at = answersStart;
  for (let i = 0; i < records; i++) {
    const fixed = skipName(buf, at, end);
    if (fixed < 0 || fixed + RECORD_FIXED_LEN > end) return;
    const data = fixed + RECORD_FIXED_LEN;
    const dataEnd = data + u16(buf, fixed + RECORD_DATA_LEN);
    if (dataEnd > end) return;
    if (u16(buf, fixed + RECORD_CLASS) === CLASS_IN && isInChain(buf, start, end, at, chainLen)) {
      const type = u16(buf, fixed + RECORD_TYPE);
      const wireTtl = u32(buf, fixed + RECORD_TTL);
      const ttl = wireTtl > MAX_TTL ? 0 : wireTtl;
      if (type === TYPE_A && dataEnd - data === IPV4_LEN) add(into, 4, data, ttl);
      else if (type === TYPE_AAAA && dataEnd - data === IPV6_LEN) add(into, 6, data, ttl);
      else if (type === TYPE_HTTPS || type === TYPE_SVCB) collectHints(buf, data, dataEnd, ttl, into);
    }
    at = dataEnd;
  }
}

/** SVCB RDATA: priority, uncompressed target name, then key, length and value of each parameter (RFC 9460 §2.2). */
function collectHints(buf: Buffer, data: number, dataEnd: number, ttl: number, into: DnsAnswers): void {
  // Priority 0 is AliasMode, whose parameters are ignored (RFC 9460 §2.4.2).
  if (dataEnd - data < 3 || u16(buf, data) === 0) return;
  let at = skipName(buf, data + 2, dataEnd);
  if (at < 0) return;
  while (at + 4 <= dataEnd) {
    const key = u16(buf, at);
    const value = at + 4;
    const valueEnd = value + u16(buf, at + 2);
    if (valueEnd > dataEnd) return;
    if (key === KEY_IPV4_HINT) for (let a = value; a + IPV4_LEN <= valueEnd; a += IPV4_LEN) add(into, 4, a, ttl);
    else if (key === KEY_IPV6_HINT) for (let a = value; a + IPV6_LEN <= valueEnd; a += IPV6_LEN) add(into, 6, a, ttl);
    else if (key === KEY_ECH && into.echCount < MAX_ECH_LISTS) {
      into.echStart[into.echCount] = value;
      into.echEnd[into.echCount++] = valueEnd;
    }
    at = valueEnd;
  }
}

function isInChain(buf: Buffer, start: number, end: number, name: number, chainLen: number): boolean {
  for (let i = 0; i < chainLen; i++) if (sameName(buf, start, end, name, chain[i]!)) return true;
  return false;
}

function add(into: DnsAnswers, family: 4 | 6, addressStart: number, ttl: number): void {
  if (into.count === MAX_ADDRESSES) return;
  into.family[into.count] = family;
  into.addressStart[into.count] = addressStart;
  into.ttl[into.count] = ttl;
  into.count++;
}
