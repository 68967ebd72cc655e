/** As RFC 5952 writes it, IPv6 in brackets; 4 or 16 bytes. */
export function printAddress(addr: Buffer): string {
  if (addr.length === 4) return [...addr].join('.');
  const words = Array.from({ length: 8 }, (_, n) => addr.readUInt16BE(n * 2));
  let bestStart = -1;
  let bestLen = 1;
  for (let n = 0; n < 8; n++) {
    let len = 0;
    while (n + len < 8 && words[n + len] === 0) len++;
    if (len > bestLen) [bestStart, bestLen] = [n, len];
  }
  const hex = (from: number, to: number) =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(':');
  return bestStart === -1 ? `[${hex(0, 8)}]` : `[${hex(0, bestStart)}::${hex(bestStart + bestLen, 8)}]`;
}
