import { covers, type IpPrefix, parseIpPrefix } from '../common/ip-prefix.js';
import { parseCount, parseSpanMicros } from './quantity.js';
import { parseTimePoint, secondsOf, TIME_FORMS } from './time-point.js';

/** A value of a field, or one of its list. */
export type Scalar = string | number | boolean;

/** Does the value equal what was written? */
export type Equals = (value: Scalar, beginMicros: number) => boolean;

/** Value less what was written: below, at or above 0. */
export type Difference = (value: Scalar, beginMicros: number) => number;

/** How values of one kind are written in an expression, and compared. */
export interface ValueType {
  /** For messages: "a number such as 1500 or 10k". */
  readonly expected: string;
  /** Null for a text that is no value of the type. */
  equality(written: string): Equals | null;
  /** Missing where values have no order. */
  difference?(written: string): Difference | null;
  /** `~` looks into it. */
  readonly isText?: true;
}

const TEXT: ValueType = {
  expected: 'a text',
  equality(written) {
    const wanted = written.toLowerCase();
    return (value) => (value as string).toLowerCase() === wanted;
  },
  isText: true,
};

const BOOLEAN: ValueType = {
  expected: 'true or false',
  equality(written) {
    const word = written.toLowerCase();
    return word === 'true' || word === 'false' ? (value) => value === (word === 'true') : null;
  },
};

const NUMBER: ValueType = numberType('a number such as 1500, 10k or 8000-8100', parseCount);
const BYTES: ValueType = numberType('a number of bytes such as 1500, 10M or 64KiB', parseCount);
const MILLISECONDS: ValueType = numberType('a time span such as 200ms or 1.5s', (written) => {
  const micros = parseSpanMicros(written, 1000);
  return micros === null ? null : micros / 1e3;
});
const SECONDS: ValueType = numberType('a time span such as 200ms, 10s or 5m', (written) => {
  const micros = parseSpanMicros(written, 1e6);
  return micros === null ? null : micros / 1e6;
});

/** An address equals the prefixes that cover it. */
const ADDRESS: ValueType = {
  expected: 'an address or prefix such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32',
  equality(written) {
    const range = parseIpPrefix(written);
    return range === null ? null : (value) => isWithin(value as string, range);
  },
};

const TIME: ValueType = {
  expected: TIME_FORMS,
  equality(written) {
    const point = parseTimePoint(written);
    return point === null ? null : (value, begin) => value === secondsOf(point, begin);
  },
  difference(written) {
    const point = parseTimePoint(written);
    return point === null ? null : (value, begin) => (value as number) - secondsOf(point, begin);
  },
};

/** The kinds of values, by the name that the list of fields calls them by. */
export const VALUE_TYPES = {
  text: TEXT,
  boolean: BOOLEAN,
  number: NUMBER,
  bytes: BYTES,
  /** Written with or without a unit. */
  milliseconds: MILLISECONDS,
  seconds: SECONDS,
  address: ADDRESS,
  time: TIME,
} as const satisfies Readonly<Record<string, ValueType>>;

/** A text that must be one of those that `canonical` knows; it returns null for the others. */
export function nameType(expected: string, canonical: (written: string) => string | null): ValueType {
  return {
    expected,
    equality(written) {
      const name = canonical(written);
      return name === null ? null : (value) => value === name;
    },
    isText: true,
  };
}

/** Whether an address, as records write it, lies in the range; an IPv4-mapped one counts as IPv4. */
export function isWithin(address: string, range: IpPrefix): boolean {
  const own = parseIpPrefix(address);
  return own !== null && covers(range, own);
}

function numberType(expected: string, parse: (written: string) => number | null): ValueType {
  return {
    expected,
    equality(written) {
      const ends = /^([^-]+)-([^-]+)$/.exec(written);
      const from = parse(ends?.[1] ?? written);
      const to = parse(ends?.[2] ?? written);
      if (from === null || to === null || from > to) return null;
      return (value) => (value as number) >= from && (value as number) <= to;
    },
    difference(written) {
      const bound = parse(written);
      return bound === null ? null : (value) => (value as number) - bound;
    },
  };
}
