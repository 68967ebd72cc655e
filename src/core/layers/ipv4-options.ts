/** IPv4 options (RFC 791 §3.1): a type; but for the first two, a length that counts type and length too. */
const END_OF_LIST = 0;
const NO_OPERATION = 1;
const LOOSE_SOURCE_ROUTE = 131;
const STRICT_SOURCE_ROUTE = 137;

/** Source route: type, length, pointer (from 1, to the next address), addresses. */
const LENGTH = 1;
const POINTER = 2;
const ROUTE_HEADER_LEN = 3;
const ADDR_LEN = 4;

/**
 * Where the packet's final destination lies: the last address of a source route that is not used up (the header then
 * holds the next hop, and answers come from the end of the route), else `dstAddr`. Options are at `[start, end)`; a
 * malformed list ends the search.
 */
export function finalDestination(buf: Buffer, start: number, end: number, dstAddr: number): number {
  let at = start;
  while (at < end) {
    const type = buf[at]!;
    if (type === END_OF_LIST) break;
    if (type === NO_OPERATION) {
      at += 1;
      continue;
    }
    if (at + LENGTH >= end) break;
    const len = buf[at + LENGTH]!;
    if (len < 2 || at + len > end) break;
    if (type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE) {
      const hasRoute = len >= ROUTE_HEADER_LEN + ADDR_LEN;
      return hasRoute && buf[at + POINTER]! + ADDR_LEN - 1 <= len ? at + len - ADDR_LEN : dstAddr;
    }
    at += len;
  }
  return dstAddr;
}
