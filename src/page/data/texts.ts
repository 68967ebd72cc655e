/** Numbers and times for readers: in the locale of the browser, short; `exact...` for what a pointer shows. */

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;
const BIT_UNITS = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'] as const;

/** Formats of a locale; undefined for that of the browser. */
export class Texts {
  private readonly whole: Intl.NumberFormat;
  private readonly short: Intl.NumberFormat;
  private readonly percents: Intl.NumberFormat;
  private readonly exactPercents: Intl.NumberFormat;
  /** Formats of times, which take long to make. */
  private readonly times = new Map<string, Intl.DateTimeFormat>();

  constructor(
    private readonly locale?: string,
    /** An IANA zone; undefined for that of the browser. */
    readonly timeZone?: string,
  ) {
    this.whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this.short = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
    this.percents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
    this.exactPercents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  }

  count(value: number): string {
    return this.whole.format(value);
  }

  /** "1 connection", "1,234 connections". */
  plural(value: number, singular: string, plural = `${singular}s`): string {
    return `${this.count(value)} ${value === 1 ? singular : plural}`;
  }

  /** "61.3 kB" */
  bytes(value: number): string {
    return this.scaled(value, BYTE_UNITS);
  }

  exactBytes(value: number): string {
    return `${this.count(value)} bytes`;
  }

  bitRate(bytesPerSecond: number): string {
    return this.scaled(bytesPerSecond * 8, BIT_UNITS);
  }

  /** "21%", "3.1%", "<0.1%" */
  share(part: number, whole: number): string {
    if (part === 0 || whole === 0) return this.percents.format(0);
    const share = part / whole;
    if (share < 0.001) return `<${this.exactPercents.format(0.001)}`;
    return share < 0.0995 ? this.exactPercents.format(share) : this.percents.format(share);
  }

  /** Milliseconds: "0.035 ms", "12.3 ms", "1.2 s"; "–" without a value. */
  millis(value: number | null): string {
    if (value === null) return '–';
    return value < 999.5 ? `${this.short.format(value)} ms` : this.duration(value / 1000);
  }

  /** Seconds: "0.42 s", "5 min 12 s", "3 h 4 min". */
  duration(seconds: number): string {
    if (seconds < 1) return `${this.short.format(seconds * 1000)} ms`;
    if (seconds < 59.95) return `${this.short.format(seconds)} s`;
    const whole = Math.round(seconds);
    if (whole < 3600) return twoUnits(whole, 60, 'min', 1, 's');
    return whole < 86_400 ? twoUnits(whole, 3600, 'h', 60, 'min') : twoUnits(whole, 86_400, 'd', 3600, 'h');
  }

  /** A time as "18:22:33.530", with the day where `withDay` asks for it. */
  time(seconds: number, digits: 0 | 1 | 2 | 3 = 0, withDay = false): string {
    return this.format(seconds, {
      ...(withDay ? { year: 'numeric', month: 'short', day: 'numeric' } : {}),
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      fractionalSecondDigits: digits === 0 ? undefined : digits,
    });
  }

  day(seconds: number): string {
    return this.format(seconds, { year: 'numeric', month: 'short', day: 'numeric' });
  }

  /** A time to the microsecond with its zone, for a pointer or a panel. */
  exactTime(seconds: number): string {
    const micros = Math.round((seconds % 1) * 1e6) % 1e6;
    const zone = this.timeZone === 'UTC' ? 'UTC' : this.zoneName(seconds);
    return `${this.time(Math.floor(seconds), 0, true)}.${String(micros).padStart(6, '0')} ${zone}`;
  }

  /** "GMT+1" */
  zoneName(seconds: number): string {
    const parts = new Intl.DateTimeFormat(this.locale, { timeZone: this.timeZone, timeZoneName: 'short' });
    const zone = parts.formatToParts(dateOf(seconds)).find(({ type }) => type === 'timeZoneName');
    return zone?.value ?? 'UTC';
  }

  private format(seconds: number, options: Intl.DateTimeFormatOptions): string {
    const key = JSON.stringify(options);
    let format = this.times.get(key);
    if (format === undefined) {
      format = new Intl.DateTimeFormat(this.locale, { ...options, timeZone: this.timeZone });
      this.times.set(key, format);
    }
    return format.format(dateOf(seconds));
  }

  private scaled(value: number, units: readonly string[]): string {
    let unit = 0;
    let rest = value;
    while (rest >= 999.5 && unit < units.length - 1) {
      rest /= 1000;
      unit++;
    }
    return `${unit === 0 ? this.whole.format(rest) : this.short.format(rest)} ${units[unit]}`;
  }
}

/** Stamps out of range become the epoch, so that no text throws. */
function dateOf(seconds: number): Date {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

function twoUnits(seconds: number, bigLen: number, big: string, smallLen: number, small: string): string {
  const [bigs, smalls] = [Math.floor(seconds / bigLen), Math.floor((seconds % bigLen) / smallLen)];
  return smalls === 0 ? `${bigs} ${big}` : `${bigs} ${big} ${smalls} ${small}`;
}
