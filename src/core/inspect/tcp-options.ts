import { i32 } from '../common/bytes.js';

/** TCP option kinds (RFC 9293 §3.2, RFC 7323, RFC 2385, RFC 5925). */
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
const WINDOW_SCALE = 3;
const TIMESTAMPS = 8;
const MD5_SIGNATURE = 19;
const AUTHENTICATION = 29;
const WINDOW_SCALE_LEN = 3;
const TIMESTAMPS_LEN = 10;
/** Larger shifts count as this one (RFC 7323 §2.3). */
const MAX_SHIFT = 14;
/** Two NOPs and time stamps: the options of nearly every segment. */
const USUAL_WORD = 0x0101_080a;

/** The options of a TCP header that decide whether its segment is accepted. One instance, filled for each segment. */
export class TcpOptions {
  /** Shift of later windows, -1 where the option is missing. */
  windowShift = -1;
  hasTimestamp = false;
  /** TSval; meaningful with `hasTimestamp`. */
  timestamp = 0;
  /** An MD5 signature or TCP-AO. */
  isSigned = false;

  /** Reads `buf[start, end)`; stops at the first option whose length is wrong. */
  read(buf: Buffer, start: number, end: number): void {
    this.windowShift = -1;
    this.isSigned = false;
    this.hasTimestamp = end - start === TIMESTAMPS_LEN + 2 && i32(buf, start) === USUAL_WORD;
    if (this.hasTimestamp) {
      this.timestamp = i32(buf, start + 4);
      return;
    }
    for (let at = start; at < end; ) {
      const kind = buf[at]!;
      if (kind === END_OF_OPTIONS) return;
      if (kind === NO_OPERATION) {
        at++;
        continue;
      }
      const len = at + 1 < end ? buf[at + 1]! : 0;
      if (len < 2 || at + len > end) return;
      if (kind === WINDOW_SCALE && len === WINDOW_SCALE_LEN) this.windowShift = Math.min(buf[at + 2]!, MAX_SHIFT);
      else if (kind === TIMESTAMPS && len === TIMESTAMPS_LEN) {
        this.hasTimestamp = true;
        this.timestamp = i32(buf, at + 2);
      } else if (kind === MD5_SIGNATURE || kind === AUTHENTICATION) this.isSigned = true;
      at += len;
    }
  }
}
