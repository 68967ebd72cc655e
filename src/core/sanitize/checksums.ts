import { u16 } from '../common/bytes.js';
import { TCP } from '../common/ip-protocols.js';

/** Of the TCP header. */
const TCP_CHECKSUM = 16;

/** One checksum of a frame: where it lies and what it covers. Offsets are into the frame. */
export interface ChecksumField {
  readonly at: number;
  /** What it covers: `[start, end)` as captured, and `missingLen` bytes behind that the capture lacks. */
  readonly start: number;
  readonly end: number;
  readonly missingLen: number;
  /** Addresses of the pseudo header, `addressLen` bytes each; 0 for none (RFC 9293 §3.1, RFC 8200 §8.1). */
  readonly sourceStart: number;
  readonly destinationStart: number;
  readonly addressLen: number;
  readonly protocol: number;
  /** 0 means that there is none (UDP, RFC 768). */
  readonly isOptional: boolean;
}

/**
 * Recomputes `field` in `after`, the changed copy of `before`. A checksum that was wrong stays wrong, one that was left
 * to the network card stays so. Bytes that were not captured, before or after, count as zeros.
 */
export function recompute(before: Buffer, after: Buffer, field: ChecksumField): void {
  const { at, end } = field;
  if (at + 2 > end || at + 2 > before.length) return;
  const old = u16(before, at);
  if (old === 0) return;
  const pseudoBefore = pseudoSum(before, field, true);
  const withoutLen = pseudoSum(before, field, false);
  let value: number;
  if (field.addressLen > 0 && (same(old, pseudoBefore) || same(old, withoutLen))) {
    value = fold(pseudoSum(after, field, same(old, pseudoBefore)));
  } else {
    const wasWrong = isWrong(before, field);
    after[at] = 0;
    after[at + 1] = 0;
    value = ~fold(pseudoSum(after, field, true) + sum(after, field.start, end)) & 0xffff;
    if (wasWrong) value ^= 0x5a5a;
    if (value === 0 && field.isOptional) value = 0xffff;
  }
  after.writeUInt16BE(value, at);
}

/** The checksum is there, and neither right nor left to the network card. False for a packet that was cut. */
function isWrong(buf: Buffer, field: ChecksumField): boolean {
  const { at, start, end, addressLen, missingLen } = field;
  if (missingLen !== 0 || at + 2 > end || u16(buf, at) === 0) return false;
  const pseudo = pseudoSum(buf, field, true);
  const isLeftOut = addressLen > 0 && (same(u16(buf, at), pseudo) || same(u16(buf, at), pseudoSum(buf, field, false)));
  return !isLeftOut && fold(pseudo + sum(buf, start, end)) !== 0xffff;
}

/** Whether the TCP checksum of the segment `buf[start, end)`, all of which was captured, is wrong. */
export function isSegmentWrong(buf: Buffer, start: number, end: number, addresses: readonly Buffer[]): boolean {
  const pseudo = Buffer.concat([...addresses, buf.subarray(start, end)]);
  const addressLen = addresses[0]!.length;
  return isWrong(pseudo, {
    at: 2 * addressLen + TCP_CHECKSUM,
    start: 2 * addressLen,
    end: pseudo.length,
    missingLen: 0,
    sourceStart: 0,
    destinationStart: addressLen,
    addressLen,
    protocol: TCP,
    isOptional: false,
  });
}

function same(field: number, total: number): boolean {
  return field === fold(total);
}

function pseudoSum(buf: Buffer, field: ChecksumField, withLen: boolean): number {
  const { addressLen, sourceStart, destinationStart, protocol, start, end, missingLen } = field;
  if (addressLen === 0) return 0;
  const addresses =
    sum(buf, sourceStart, sourceStart + addressLen) + sum(buf, destinationStart, destinationStart + addressLen);
  return addresses + protocol + (withLen ? end - start + missingLen : 0);
}

function sum(buf: Buffer, start: number, end: number): number {
  let total = 0;
  let at = start;
  for (; at + 1 < end; at += 2) total += u16(buf, at);
  if (at < end) total += buf[at]! << 8;
  return total;
}

/** The one's complement sum of 16 bits (RFC 1071). */
function fold(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}
