import { DpiError } from '../../core/common/error.js';
import { timeSpan } from '../time-span.js';

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
const MAX_PORT = 65_535;
/** Node's timers take no more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Parser of an option that takes a size: "500M", "4G", "1048576". Throws DpiError. */
export function sizeOption(option: string): (text: string) => number {
  return (text) => {
    const found = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text);
    const size = found === null ? 0 : Math.floor(Number(found[1]) * UNITS[found[2]!.toUpperCase()]!);
    if (size >= 1 && Number.isSafeInteger(size)) return size;
    throw new DpiError('usage', `${option} takes a size such as 500M or 4G, not '${text}'`);
  };
}

/** Parser of an option that takes a duration, of a bare number seconds; returns milliseconds. Throws DpiError. */
export function timeoutOption(option: string): (text: string) => number {
  const parse = timeSpan(option, 1);
  return (text) => {
    const ms = parse(text);
    if (ms <= MAX_TIMER_MS) return ms;
    throw new DpiError('usage', `${option} takes a duration of at most 24 days, not '${text}'`);
  };
}

/** Parser of a port to listen on; 0 lets the system choose. Throws DpiError. */
export function portOption(option: string): (text: string) => number {
  return (text) => {
    const port = Number(text);
    if (/^\d+$/.test(text) && port <= MAX_PORT) return port;
    throw new DpiError('usage', `${option} takes a port from 0 to ${MAX_PORT}, not '${text}'`);
  };
}
