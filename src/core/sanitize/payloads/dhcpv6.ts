import { u16 } from '../../common/bytes.js';

/** DHCPv6 (RFC 8415 §8, §9, §21.1): type and transaction id, or a relay's header; then options of code and length. */
const HEADER_LEN = 4;
const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;
const RELAY_HEADER_LEN = 34;
const OPTION_HEADER_LEN = 4;
const RELAY_MESSAGE = 9;
const LAST_TYPE = 13;
/** Fields in front of the options that are within an option, by code: IA_NA, IA_TA, IAADDR, IA_PD, IAPREFIX. */
const NESTED: ReadonlyMap<number, number> = new Map([
  [3, 12],
  [4, 4],
  [5, 24],
  [25, 12],
  [26, 25],
]);
/** Option request, preference, elapsed time, status code (its number), and the type and lifetime of DUIDs. */
const KEPT_LEN: ReadonlyMap<number, number> = new Map([
  [1, 2],
  [2, 2],
  [6, 0xffff],
  [7, 1],
  [8, 2],
  [13, 2],
]);
const MAX_DEPTH = 8;

/** True for a message whose options fill it. */
export function beginsDhcpv6(payload: Buffer): boolean {
  const type = payload[0] ?? 0;
  if (type === 0 || type > LAST_TYPE) return false;
  let at = headerLen(type);
  while (at + OPTION_HEADER_LEN <= payload.length) at += OPTION_HEADER_LEN + u16(payload, at + 2);
  return at === payload.length;
}

/**
 * Rewrites the message to `out`, which holds zeros: types, codes and lengths stay, addresses, ids and names don't. Of
 * other payloads nothing stays.
 */
export function rewriteDhcpv6(input: Buffer, out: Buffer): void {
  if (beginsDhcpv6(input)) rewriteMessage(input, out, 0, input.length, 0);
}

function rewriteMessage(input: Buffer, out: Buffer, start: number, end: number, depth: number): void {
  if (start >= end) return;
  out[start] = input[start]!;
  rewriteOptions(input, out, start + headerLen(input[start]!), end, depth);
}

function rewriteOptions(input: Buffer, out: Buffer, start: number, end: number, depth: number): void {
  for (let at = start; at + OPTION_HEADER_LEN <= end && depth < MAX_DEPTH; ) {
    const code = u16(input, at);
    const dataStart = at + OPTION_HEADER_LEN;
    const dataEnd = Math.min(end, dataStart + u16(input, at + 2));
    input.copy(out, at, at, Math.min(dataEnd, dataStart + (KEPT_LEN.get(code) ?? 0)));
    const optionsAt = NESTED.get(code);
    if (code === RELAY_MESSAGE) rewriteMessage(input, out, dataStart, dataEnd, depth + 1);
    else if (optionsAt !== undefined) rewriteOptions(input, out, dataStart + optionsAt, dataEnd, depth + 1);
    at = Math.max(dataEnd, dataStart);
  }
}

function headerLen(type: number): number {
  return type === RELAY_FORWARD || type === RELAY_REPLY ? RELAY_HEADER_LEN : HEADER_LEN;
}
