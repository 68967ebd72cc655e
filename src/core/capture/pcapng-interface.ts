/** Options of the Interface Description Block (draft-ietf-opsawg-pcapng-03 §4.2). */
const OPT_END = 0;
const OPT_TS_RESOL = 9;
const OPT_TS_OFFSET = 14;
const OPTION_HEADER_LEN = 4;

const DEFAULT_TS_RESOL = 6;
const BINARY_FLAG = 0x80;

const TWO_32 = 4294967296;

/** Most interfaces of one section; more are taken for damage. */
export const MAX_INTERFACES = 65536;

/** One interface of a pcapng section: its link type, snap length, and how it counts time. */
export class CaptureInterface {
  readonly linkType: number;
  /** 0 for none. */
  readonly snapLen: number;
  /** Units in a second by if_tsresol: a power of 10 or of 2. */
  private readonly unitsPerSecond: number;
  /** µs in a unit where that is a whole number, else 0. */
  private readonly microsPerUnit: number;
  private readonly offsetMicros: number;

  constructor(linkType: number, snapLen: number, tsResolution: number, tsOffsetSeconds: number) {
    this.linkType = linkType;
    this.snapLen = snapLen;
    const exponent = tsResolution & 0x7f;
    const isBinary = (tsResolution & BINARY_FLAG) !== 0;
    this.unitsPerSecond = (isBinary ? 2 : 10) ** exponent;
    this.microsPerUnit = !isBinary && exponent <= 6 ? 10 ** (6 - exponent) : 0;
    this.offsetMicros = tsOffsetSeconds * 1e6;
  }

  /** Whole µs since the epoch of the 64-bit count `high`, `low` (unsigned halves), rounded down. */
  micros(high: number, low: number): number {
    if (this.microsPerUnit !== 0) return (high * TWO_32 + low) * this.microsPerUnit + this.offsetMicros;
    const units = this.unitsPerSecond;
    // A product of 16 bits and a remainder must stay below 2^53.
    if (units > 2 ** 37) return Math.floor(((high * TWO_32 + low) / units) * 1e6) + this.offsetMicros;

    // Long division by 16 bits at a time: a count of ns since 1970 does not fit into a double.
    let seconds = Math.floor(high / units);
    let rest = high - seconds * units;
    let dividend = rest * 65536 + Math.floor(low / 65536);
    let quotient = Math.floor(dividend / units);
    rest = dividend - quotient * units;
    seconds = seconds * 65536 + quotient;
    dividend = rest * 65536 + (low & 0xffff);
    quotient = Math.floor(dividend / units);
    rest = dividend - quotient * units;
    seconds = seconds * 65536 + quotient;
    return seconds * 1e6 + Math.floor((rest * 1e6) / units) + this.offsetMicros;
  }
}

/**
 * Reads the options in `[start, end)` that concern time; others, and options that do not fit, are skipped. Without any
 * the interface counts µs since the epoch.
 */
export function readInterface(
  view: DataView,
  littleEndian: boolean,
  linkType: number,
  snapLen: number,
  start: number,
  end: number,
): CaptureInterface {
  let tsResolution = DEFAULT_TS_RESOL;
  let tsOffsetSeconds = 0;
  let at = start;
  while (at + OPTION_HEADER_LEN <= end) {
    const code = view.getUint16(at, littleEndian);
    const valueLen = view.getUint16(at + 2, littleEndian);
    const value = at + OPTION_HEADER_LEN;
    if (code === OPT_END || value + valueLen > end) break;
    if (code === OPT_TS_RESOL && valueLen >= 1) tsResolution = view.getUint8(value);
    if (code === OPT_TS_OFFSET && valueLen >= 8) tsOffsetSeconds = signed64(view, value, littleEndian);
    at = value + ((valueLen + 3) & ~3);
  }
  return new CaptureInterface(linkType, snapLen, tsResolution, tsOffsetSeconds);
}

function signed64(view: DataView, at: number, littleEndian: boolean): number {
  const high = view.getInt32(littleEndian ? at + 4 : at, littleEndian);
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
  return high * TWO_32 + low;
}
