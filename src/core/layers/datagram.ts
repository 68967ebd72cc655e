import { copyBytes } from '../common/bytes.js';

/** Room in front of the payload for the first fragment's IP header: the longest IPv4 one (RFC 791 §3.1). */
export const PAYLOAD_AT = 60;

/** The largest payload: offsets and lengths are 16 bits (RFC 791 §3.1, RFC 8200 §4.5). */
export const MAX_DATAGRAM_LEN = 65_535;
/** Separate pieces of one datagram: fragments alternately missing, at the usual sizes, make fewer than 30. */
const MAX_SPANS = 256;
const FIRST_CAPACITY = PAYLOAD_AT + 2_048;

/** What became of a fragment handed to `Datagram.add`. */
const FRAGMENT_NEW = 0;
/** Every byte was there already, and the same. */
export const FRAGMENT_DUPLICATE = 1;
/** Some bytes were there already, or lie behind the end that another fragment declared. */
export const FRAGMENT_OVERLAPS = 2;
/** Not taken: too long, or too many pieces. */
export const FRAGMENT_REFUSED = 3;

/** Memory of the size that most datagrams fit in. */
export function isUsualMemory(data: Buffer): boolean {
  return data.length === FIRST_CAPACITY;
}

/** One datagram in the course of reassembly: its key, the bytes so far, and which of them those are. */
export class Datagram {
  group = 0;
  /** Packet time of the fragment that came last. */
  seenMicros = 0;
  /** Hash of the key, and the next datagram of the same bucket. */
  hash = 0;
  nextInBucket: Datagram | null = null;
  /** Neighbours by age. */
  older: Datagram | null = null;
  newer: Datagram | null = null;

  /** Source and destination address, 32 bytes at most. */
  readonly addrs: Buffer = Buffer.alloc(32);
  ipVersion = 0;
  id = 0;
  proto = 0;

  /** Payload from PAYLOAD_AT on, the header in front of it; null once handed over. */
  data: Buffer | null = null;
  /** 0 until the fragment with offset 0 came. */
  headerLen = 0;
  /** IANA number of the payload, from the first fragment. */
  payloadProto = 0;
  /** Length of the payload, -1 until the last fragment came. */
  totalLen = -1;
  /** A fragment of it was cut by the capture: it will never be whole. */
  incomplete = false;
  done = false;
  /** Memory of an earlier datagram, to be used again. */
  private spareData: Buffer | null = null;
  /** Ranges that are there: start, end, start, end; sorted, disjoint, and with gaps between them. */
  private readonly spans: number[] = [];

  /**
   * Takes `buf[start, end)` as the payload bytes from `offset` on. The first copy of a byte wins: it is what the
   * receivers of most systems keep, and a later fragment can't change what an inspector has been shown.
   */
  add(buf: Buffer, start: number, end: number, offset: number, more: boolean): number {
    let to = offset + (end - start);
    if (to > MAX_DATAGRAM_LEN || this.spans.length >= 2 * MAX_SPANS) return FRAGMENT_REFUSED;
    let outcome = FRAGMENT_NEW;
    if (!more) {
      if (this.totalLen === -1) this.totalLen = to;
      else if (this.totalLen !== to) outcome = FRAGMENT_OVERLAPS;
    }
    if (this.totalLen !== -1 && to > this.totalLen) {
      to = Math.max(offset, this.totalLen);
      outcome = FRAGMENT_OVERLAPS;
    }
    if (to === offset) return outcome;
    const data = this.reserve(to);
    const shift = start - offset;

    const spans = this.spans;
    let first = 0;
    while (first < spans.length && spans[first + 1]! < offset) first += 2;
    let from = offset;
    let last = first;
    let mergedStart = offset;
    let mergedEnd = to;
    let overlapped = 0;
    let same = true;
    while (last < spans.length && spans[last]! <= to) {
      const spanStart = spans[last]!;
      const spanEnd = spans[last + 1]!;
      if (spanStart > from) copyBytes(buf, from + shift, spanStart + shift, data, PAYLOAD_AT + from);
      const commonStart = Math.max(spanStart, offset);
      const commonEnd = Math.min(spanEnd, to);
      if (commonEnd > commonStart) {
        overlapped += commonEnd - commonStart;
        same &&=
          data.compare(
            buf,
            commonStart + shift,
            commonEnd + shift,
            PAYLOAD_AT + commonStart,
            PAYLOAD_AT + commonEnd,
          ) === 0;
      }
      from = Math.max(from, spanEnd);
      mergedStart = Math.min(mergedStart, spanStart);
      mergedEnd = Math.max(mergedEnd, spanEnd);
      last += 2;
    }
    if (from < to) copyBytes(buf, from + shift, to + shift, data, PAYLOAD_AT + from);
    replaceSpans(spans, first, last, mergedStart, mergedEnd);

    if (overlapped === 0) return outcome;
    return overlapped === to - offset && same && outcome === FRAGMENT_NEW ? FRAGMENT_DUPLICATE : FRAGMENT_OVERLAPS;
  }

  /** True when the source and destination address at `buf[start]`, `len` bytes, are its own. */
  isBetween(buf: Buffer, start: number, len: number): boolean {
    for (let i = 0; i < len; i++) if (this.addrs[i] !== buf[start + i]) return false;
    return true;
  }

  /** Takes a piece of memory from `free` for its bytes, where it has none yet. */
  offerMemory(free: Buffer[]): void {
    this.spareData ??= free.pop() ?? null;
  }

  /** Keeps the IP header of the fragment with offset 0. */
  keepHeader(buf: Buffer, start: number, len: number, payloadProto: number): void {
    const data = this.reserve(0);
    copyBytes(buf, start, start + len, data, PAYLOAD_AT - len);
    this.headerLen = len;
    this.payloadProto = payloadProto;
  }

  /** Puts an IPv6 address in the destination's place, the last 16 bytes of the header kept. */
  keepDestination(buf: Buffer, start: number): void {
    if (this.data !== null) copyBytes(buf, start, start + 16, this.data, PAYLOAD_AT - 16);
  }

  isWhole(): boolean {
    const spans = this.spans;
    return (
      !this.incomplete && this.headerLen > 0 && this.totalLen !== -1 && spans[0] === 0 && spans[1]! >= this.totalLen
    );
  }

  /** Memory held for bytes. */
  heldLen(): number {
    return this.data === null ? 0 : this.data.length;
  }

  /** Makes it as it was when new; memory of the usual size is kept for the next datagram. */
  reset(): void {
    if (this.data !== null && isUsualMemory(this.data)) this.spareData = this.data;
    this.data = null;
    this.headerLen = 0;
    this.payloadProto = 0;
    this.totalLen = -1;
    this.incomplete = false;
    this.done = false;
    // Setting the length calls into V8's runtime; there are two numbers as a rule.
    while (this.spans.length > 0) this.spans.pop();
    this.nextInBucket = null;
    this.older = null;
    this.newer = null;
  }

  private reserve(payloadLen: number): Buffer {
    const needed = PAYLOAD_AT + payloadLen;
    const old = this.data;
    if (old !== null && old.length >= needed) return old;
    const capacity = Math.max(FIRST_CAPACITY, Math.min(needed * 2, PAYLOAD_AT + MAX_DATAGRAM_LEN));
    if (capacity === FIRST_CAPACITY && this.spareData !== null) {
      this.data = this.spareData;
      this.spareData = null;
      return this.data;
    }
    // Only bytes that have come are ever shown, so that old content does no harm.
    const data = Buffer.allocUnsafeSlow(capacity);
    if (old !== null) old.copy(data);
    this.data = data;
    return data;
  }
}

/** `[start, end)` in the place of the spans at `first` up to `last`: as splice does, which makes an array of them. */
function replaceSpans(spans: number[], first: number, last: number, start: number, end: number): void {
  if (first === last) {
    spans.push(0, 0);
    for (let i = spans.length - 1; i > first + 1; i--) spans[i] = spans[i - 2]!;
  } else if (last > first + 2) {
    const removed = last - first - 2;
    for (let i = last; i < spans.length; i++) spans[i - removed] = spans[i]!;
    spans.length -= removed;
  }
  spans[first] = start;
  spans[first + 1] = end;
}
