/**
 * The Huffman code of HPACK (RFC 7541 §5.2, appendix B). It is canonical: codes of one length are consecutive numbers
 * in the order of their symbols, and each length goes on where the shorter one ended. So the lengths say everything.
 */
const EOS = 256;
const MAX_CODE_LEN = 30;

/** Code lengths of the symbols 0 to 255 and of EOS: runs of `count` symbols of `length` bits. */
const lengthRuns = (): readonly (readonly [count: number, length: number])[] => [
  [1, 13],
  [1, 23],
  [7, 28],
  [1, 24],
  [1, 30],
  [2, 28],
  [1, 30],
  [8, 28],
  [1, 30],
  [9, 28],
  // ' ' to '/'
  ...lengths([6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6]),
  // '0' to '?'
  ...lengths([5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10]),
  // '@', 'A', 'B' to 'W', 'X' to '_'
  [1, 13],
  [1, 6],
  [22, 7],
  ...lengths([8, 7, 8, 13, 19, 13, 14, 6]),
  // '`' to 'o'
  ...lengths([15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5]),
  // 'p' to DEL
  ...lengths([6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28]),
  ...lengths([20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23]),
  ...lengths([24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24]),
  ...lengths([22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23]),
  ...lengths([21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23]),
  ...lengths([26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25]),
  ...lengths([19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27]),
  ...lengths([20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23]),
  ...lengths([26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26]),
  [1, 30],
];

/** By code length: the first code, how many codes there are, and where their symbols begin in `symbols`. */
interface CanonicalCode {
  readonly firstCode: Int32Array;
  readonly codeCount: Int32Array;
  readonly symbolsAt: Int32Array;
  readonly symbols: Int16Array;
}

/** Decodes strings in the Huffman code. Its tables are built when the first string comes: few captures have one. */
export class HuffmanDecoder {
  private code: CanonicalCode | null = null;

  /**
   * Decodes `buf[start, end)` into `to`. Returns the number of bytes decoded; those beyond `to` are only counted. -1
   * for bytes that are no such code: EOS inside, or padding that is not the beginning of EOS (RFC 7541 §5.2).
   */
  decode(buf: Buffer, start: number, end: number, to: Buffer): number {
    this.code ??= buildCode();
    const { firstCode, codeCount, symbolsAt, symbols } = this.code;
    let len = 0;
    let code = 0;
    let bits = 0;
    for (let at = start; at < end; at++) {
      for (let bit = 7; bit >= 0; bit--) {
        code = (code << 1) | ((buf[at]! >> bit) & 1);
        bits++;
        if (bits > MAX_CODE_LEN) return -1;
        const index = code - firstCode[bits]!;
        if (index < 0 || index >= codeCount[bits]!) continue;
        const symbol = symbols[symbolsAt[bits]! + index]!;
        if (symbol === EOS) return -1;
        if (len < to.length) to[len] = symbol;
        len++;
        code = 0;
        bits = 0;
      }
    }
    return bits < 8 && code === (1 << bits) - 1 ? len : -1;
  }
}

function lengths(list: readonly number[]): [number, number][] {
  return list.map((length) => [1, length]);
}

function buildCode(): CanonicalCode {
  const firstCode = new Int32Array(MAX_CODE_LEN + 1);
  const codeCount = new Int32Array(MAX_CODE_LEN + 1);
  const symbolsAt = new Int32Array(MAX_CODE_LEN + 1);
  const lengthOf = lengthRuns().flatMap(([count, length]) => Array.from({ length: count }, () => length));
  const ordered = lengthOf.map((_, symbol) => symbol).sort((a, b) => lengthOf[a]! - lengthOf[b]! || a - b);
  let code = 0;
  let at = 0;
  for (let length = 1; length <= MAX_CODE_LEN; length++) {
    code <<= 1;
    firstCode[length] = code;
    symbolsAt[length] = at;
    codeCount[length] = lengthOf.filter((one) => one === length).length;
    code += codeCount[length]!;
    at += codeCount[length]!;
  }
  return { firstCode, codeCount, symbolsAt, symbols: Int16Array.from(ordered) };
}
