import { copyBytes } from '../common/bytes.js';

/** Room in front of the payload for the first fragment's IP header: the longest IPv4 one (RFC 791 §3.1). */
export const PAYLOAD_AT = 60;

/** The largest payload: offsets and lengths are 16 bits (RFC 791 §3.1, RFC 8200 §4.5). */
export const MAX_DATAGRAM_LEN = 65_535;
/** Separate pieces of one datagram: fragments alternately missing, at the usual sizes, make fewer than 30. */
const MAX_SPANS = 256;
const FIRST_CAPACITY = PAYLOAD_AT + 2_048;

/** Outcomes of `Datagram.add`. */
const FRAGMENT_NEW = 0;
/** Every byte was there already, and the same. */
export const FRAGMENT_DUPLICATE = 1;
/** Every byte was there already, and some differ; the earlier bytes stay. */
export const FRAGMENT_DIFFERS = 2;
/** Some bytes were there already and some were not, or two fragments declare different ends: no receiver takes it. */
export const FRAGMENT_OVERLAPS = 3;
/** Not taken: too long, or too many pieces. */
export const FRAGMENT_REFUSED = 4;

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
  /** As in PacketView. */
  vlans = 0;
  network = -1;

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
  /** Fragments that wait for others, and their frames' bytes on the wire. */
  waitingPackets = 0;
  waitingBytes = 0;
  /** Memory of an earlier datagram, to be used again. */
  private spareData: Buffer | null = null;
  /** Ranges that are there: start, end, start, end; sorted, disjoint, and with gaps between them. */
  private readonly spans: number[] = [];

  /**
   * Takes `buf[start, end)` as the payload bytes from `offset` on. A fragment that lies whole within the bytes present
   * changes nothing, as in Linux; after FRAGMENT_OVERLAPS the datagram must be given up.
   */
  add(buf: Buffer, start: number, end: number, offset: number, more: boolean): number {
    const to = offset + (end - start);
    const { spans } = this;
    if (to > MAX_DATAGRAM_LEN || spans.length >= 2 * MAX_SPANS) return FRAGMENT_REFUSED;
    if (!this.agreesOnEnd(to, more)) return FRAGMENT_OVERLAPS;
    if (!more) this.totalLen = to;
    if (to === offset) return FRAGMENT_NEW;

    let first = 0;
    while (first < spans.length && spans[first + 1]! < offset) first += 2;
    // A span that ends where the fragment begins, or begins where it ends, grows by it.
    const next = first < spans.length && spans[first + 1] === offset ? first + 2 : first;
    if (next < spans.length && spans[next]! < to) {
      if (spans[next]! > offset || spans[next + 1]! < to) return FRAGMENT_OVERLAPS;
      const at = PAYLOAD_AT + offset;
      const same = this.data?.compare(buf, start, end, at, PAYLOAD_AT + to) === 0;
      return same ? FRAGMENT_DUPLICATE : FRAGMENT_DIFFERS;
    }
    copyBytes(buf, start, end, this.reserve(to), PAYLOAD_AT + offset);
    const last = next < spans.length && spans[next] === to ? next + 2 : next;
    const mergedStart = next > first ? spans[first]! : offset;
    const mergedEnd = last > next ? spans[next + 1]! : to;
    replaceSpans(spans, first, last, mergedStart, mergedEnd);
    return FRAGMENT_NEW;
  }

  /** Whether a fragment that ends at `to` fits the ends that others have declared or passed. */
  private agreesOnEnd(to: number, more: boolean): boolean {
    if (this.totalLen !== -1) return more ? to <= this.totalLen : to === this.totalLen;
    const reached = this.spans.length === 0 ? 0 : this.spans[this.spans.length - 1]!;
    return more || to >= reached;
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
    this.waitingPackets = 0;
    this.waitingBytes = 0;
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
