import { AssemblerPool } from '../flow/assembler-pool.js';
import type { Endpoint } from '../flow/flow-rows.js';
import { BufferPool, type StreamAssembler } from '../flow/stream-assembler.js';
import { CANDIDATE_READ, type CandidateReader } from './candidate-reader.js';
import type { Segment } from './packet-payload.js';
import type { RecentSegment, RecentSegments } from './recent-segments.js';
import { type UrgentBytes, without } from './urgent-bytes.js';

/** Bytes that are compared: behind the first that is not acknowledged. */
const MAX_LEN = 1 << 16;
/** Bytes that are kept of all connections. */
const MAX_POOL_LEN = 32 << 20;
/** Versions of one stream. Three pieces with two contents each make eight. */
const MAX_VERSIONS = 8;
/** Bytes that there is room for at first. */
const FIRST_LEN = 4096;
/** Padding that a faulty sender counts as payload: as StreamInspection has it. */
const MAX_PADDING_LEN = 6;

const NONE: RecentSegment[] = [];

/** One content that the receiver may have taken. */
interface Version {
  readonly bytes: StreamAssembler;
  /** Inspectors need not be shown it: they have been, or were as part of the stream. */
  isRead: boolean;
  /** The same without its urgent bytes. */
  isStrippedRead: boolean;
}

/** The versions of one direction of a connection. */
interface Candidates {
  readonly sender: Endpoint;
  /** The first holds, of each byte, the copy that came first. */
  readonly versions: Version[];
}

/**
 * Notices when other bytes come in the place of those that a client sent: an observer can't know which of them the
 * receiver took (a fake with a low TTL looks like any other), so each version of the stream is shown to the inspectors.
 */
export class CandidateStreams {
  private readonly buffers = new BufferPool(MAX_POOL_LEN);
  private readonly assemblers = new AssemblerPool(this.buffers);
  private readonly byRow = new Map<number, Candidates>();
  private scratch: Buffer = Buffer.alloc(0);
  private tooMany = 0;

  constructor(
    private readonly reader: CandidateReader,
    private readonly recent: RecentSegments,
    private readonly urgent: UrgentBytes,
  ) {}

  /** Times that bytes were not kept, or versions not read, for lack of room. */
  get refused(): number {
    return this.tooMany + this.assemblers.overflows;
  }

  has(row: number): boolean {
    return this.byRow.size > 0 && this.byRow.has(row);
  }

  /**
   * Takes the bytes of an accepted segment. `mayOverlap` says that some of its bytes may have come before. True when
   * they differ from those in their place. `read` is to follow.
   */
  add(segment: Segment, mayOverlap: boolean): boolean {
    const { row, seq, buf, start, end } = segment;
    if (start >= end) return false;
    let candidates = this.byRow.size === 0 ? undefined : this.byRow.get(row);
    if (candidates === undefined) {
      const earlier = mayOverlap ? this.recent.of(segment) : NONE;
      const isOther = earlier.length > 0 && differs(earlier, segment);
      this.recent.add(segment);
      if (!isOther) return false;
      candidates = this.begin(segment, earlier);
      if (candidates === undefined) return false;
    } else if (candidates.sender !== segment.sender) return false;
    const first = candidates.versions[0]!.bytes;
    const isDifferent = first.differs(seq, buf, start, end);
    // Versions that are made here hold the segment already.
    for (let i = 0, count = candidates.versions.length; i < count; i++) this.extend(candidates, i, segment);
    return isDifferent;
  }

  /** True while bytes of the connection are kept that others may take the place of. */
  keeps(row: number): boolean {
    return this.has(row) || this.recent.has(row);
  }

  /** The segment has an urgent byte: the stream with it in its place is a version of its own. */
  keepUrgent(segment: Segment): void {
    const { row } = segment;
    const candidates = this.byRow.get(row) ?? this.begin(segment, this.recent.of(segment));
    if (candidates === undefined) return;
    for (const version of candidates.versions) {
      version.isRead = false;
      version.isStrippedRead = false;
    }
  }

  /** Shows the inspectors the versions of a connection that are complete enough, and that they have not been shown. */
  read(row: number): void {
    const candidates = this.byRow.size === 0 ? undefined : this.byRow.get(row);
    if (candidates !== undefined) this.readAll(row, candidates, false);
  }

  /** The connection is over: shows what waited for more, and frees everything. */
  end(row: number): void {
    const candidates = this.byRow.size === 0 ? undefined : this.byRow.get(row);
    if (candidates === undefined) return;
    this.readAll(row, candidates, true);
    for (const { bytes } of candidates.versions) this.assemblers.recycle(bytes);
    this.byRow.delete(row);
  }

  /** The stream as it has come so far, from its first byte that is still kept on; undefined when there is no room. */
  private begin({ row, seq, sender, buf, start, end }: Segment, earlier: RecentSegment[]): Candidates | undefined {
    let base = seq;
    for (const one of earlier) {
      const offset = (one.seq - base) | 0;
      if (offset < 0 && offset > -MAX_LEN) base = one.seq;
    }
    const at = earlier[0] ?? { seq, buf, start, end };
    const bytes = this.assemblers.begin(base, at.seq, at.buf, at.start, at.end, MAX_LEN, FIRST_LEN);
    if (bytes === null) return undefined;
    for (const one of earlier) bytes.insert(one.seq, one.buf, one.start, one.end, MAX_LEN);
    const candidates = { sender, versions: [{ bytes, isRead: true, isStrippedRead: true }] };
    this.byRow.set(row, candidates);
    return candidates;
  }

  /** Puts the segment into a version, first copy first; where it differs, makes another with its bytes instead. */
  private extend(candidates: Candidates, i: number, { seq, buf, start, end }: Segment): void {
    const { versions } = candidates;
    const { bytes } = versions[i]!;
    const differs = bytes.differs(seq, buf, start, end);
    bytes.insert(seq, buf, start, end, MAX_LEN);
    if (!differs) return;
    if (versions.length >= MAX_VERSIONS) {
      this.tooMany++;
      return;
    }
    const copy = this.assemblers.begin(bytes.baseSeq, seq, buf, start, end, MAX_LEN, bytes.endOffset);
    if (copy === null) return;
    if (!copy.copyFrom(bytes) || !copy.overwrite(seq, buf, start, end, MAX_LEN)) this.assemblers.recycle(copy);
    else if (versions.some((one) => one.bytes.equals(copy))) this.assemblers.recycle(copy);
    else versions.push({ bytes: copy, isRead: false, isStrippedRead: false });
  }

  private readAll(row: number, candidates: Candidates, final: boolean): void {
    const { sender, versions } = candidates;
    const positions = this.urgent.of(row, sender);
    if (versions.length === 1 && positions.length === 0) return;
    for (const version of versions) {
      const { buf, baseSeq, contiguousLen } = version.bytes;
      if (contiguousLen === 0) continue;
      if (positions.length > 0 && !version.isStrippedRead) {
        if (this.scratch.length < contiguousLen) this.scratch = Buffer.alloc(contiguousLen * 2);
        const len = without(positions, baseSeq, buf.subarray(0, contiguousLen), this.scratch);
        version.isStrippedRead = this.isRead(row, sender, this.scratch, len, final);
      }
      if (!version.isRead) version.isRead = this.isRead(row, sender, buf, contiguousLen, final);
    }
  }

  /** Shows the inspectors `buf[0, len)`. True when they need not be shown more. */
  private isRead(row: number, sender: Endpoint, buf: Buffer, len: number, final: boolean): boolean {
    if (len === 0) return false;
    const outcome = this.reader.read(row, sender, buf, len, final);
    return outcome === CANDIDATE_READ;
  }
}

/** True when bytes of the segment differ from those that came earlier in their place. */
function differs(earlier: readonly RecentSegment[], { seq, buf, start, end }: Segment): boolean {
  return earlier.some((one) => {
    const offset = (one.seq - seq) | 0;
    const first = Math.max(offset, 0);
    const last = Math.min(offset + (one.end - one.start), end - start);
    // A keep-alive repeats one byte with any content (RFC 9293 §3.8.4); padding is no content.
    if (last <= first || end - start === 1 || one.end - one.start <= MAX_PADDING_LEN) return false;
    const at = one.start - offset;
    return buf.compare(one.buf, at + first, at + last, start + first, start + last) !== 0;
  });
}
