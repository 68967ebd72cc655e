/** Bytes of a line: a narrow screen has room for these. */
const BYTES_PER_LINE = 8;

/** A run of bytes of a line, in the name or not. */
interface HexRun {
  readonly isName: boolean;
  /** "6e 65 74" */
  readonly hex: string;
  /** "net"; a dot for a byte that is no printable ASCII. */
  readonly text: string;
}

export interface HexLine {
  /** Of the first byte, in hex digits; empty where it is not known. */
  readonly offset: string;
  /** One to three, in order. */
  readonly runs: readonly HexRun[];
  /** Bytes that the line lacks: the last one may be short. */
  readonly missing: number;
}

export interface MarkedBytes {
  readonly hex: string;
  /** Offset of the first byte; null where it is not known. */
  readonly offset: number | null;
  readonly markStart: number;
  readonly markEnd: number;
}

/** The bytes as lines of eight, cut where the name begins and ends. */
export function hexLines({ hex, offset, markStart, markEnd }: MarkedBytes): HexLine[] {
  const bytes = hex.match(/../g) ?? [];
  const lines: HexLine[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    const end = Math.min(at + BYTES_PER_LINE, bytes.length);
    const edges = [at, clamped(markStart, at, end), clamped(markEnd, at, end), end];
    const runs = [0, 1, 2].flatMap((i) => {
      const part = bytes.slice(edges[i], edges[i + 1]);
      return part.length === 0 ? [] : [{ isName: i === 1, hex: part.join(' '), text: part.map(printed).join('') }];
    });
    lines.push({
      offset: offset === null ? '' : (offset + at).toString(16).padStart(4, '0'),
      runs,
      missing: at + BYTES_PER_LINE - end,
    });
  }
  return lines;
}

function clamped(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

function printed(byte: string): string {
  const code = Number.parseInt(byte, 16);
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.';
}
