import { AssemblerPool } from '../flow/assembler-pool.js';
import type { Endpoint } from '../flow/flow-rows.js';
import { BufferPool, type StreamAssembler } from '../flow/stream-assembler.js';
import { CANDIDATE_READ, CANDIDATE_SETTLES, type CandidateReader } from './candidate-reader.js';
import type { Segment } from './packet-payload.js';
import { type UrgentBytes, without } from './urgent-bytes.js';

/** Bytes that are compared: behind the first that is not acknowledged. */
const MAX_LEN = 1 << 16;
/** Bytes that are kept of all connections. */
const MAX_POOL_LEN = 32 << 20;
/** Versions of one stream. Three pieces with two contents each make eight. */
const MAX_VERSIONS = 8;
/** Padding that a faulty sender counts as payload: as StreamInspection has it. */
const MAX_PADDING_LEN = 6;
/** Segments behind the compared bytes after which the connection is watched no longer. */
const MAX_LATER_SEGMENTS = 64;

/** One content that the receiver may have taken. */
interface Version {
  readonly bytes: StreamAssembler;
  /** Inspectors need not be shown it: they have been, or were as part of the stream. */
  isRead: boolean;
  /** The same without its urgent bytes. */
  isStrippedRead: boolean;
}

/** The bytes of one direction that the receiver has not acknowledged. */
interface Candidates {
  readonly sender: Endpoint;
  /** The first holds, of each byte, the copy that came first. */
  readonly versions: Version[];
  laterSegments: number;
}

/**
 * Keeps the bytes that clients sent until they are acknowledged, and notices when other bytes come in their place: an
 * observer can't know which of them the receiver took (a fake with a low TTL looks like any other), so each version of
 * the stream is shown to the inspectors.
 */
export class CandidateStreams {
  private readonly buffers = new BufferPool(MAX_POOL_LEN);
  private readonly assemblers = new AssemblerPool(this.buffers);
  private readonly byRow = new Map<number, Candidates>();
  private scratch: Buffer = Buffer.alloc(0);
  /** A version has shown what settles its connection; the caller clears it. */
  settles = false;
  private tooMany = 0;

  constructor(
    private readonly reader: CandidateReader,
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
   * Takes the bytes of an accepted segment; `expected` is the sequence number that the stream has come to. True when
   * they differ from bytes that came before in their place. `read` is to follow.
   */
  add(segment: Segment, expected: number): boolean {
    const { row, buf, start, end } = segment;
    if (start >= end) return false;
    const candidates = this.byRow.get(row);
    if (candidates === undefined) {
      this.begin(segment, expected);
      return false;
    }
    if (candidates.sender !== segment.sender) return false;
    const first = candidates.versions[0]!.bytes;
    const offset = (segment.seq - first.baseSeq) | 0;
    if (offset >= MAX_LEN || isKeepAlive(first, offset, end - start)) return false;
    let differs = first.differs(segment.seq, buf, start, end);
    if (differs && offset === 0 && first.endOffset <= MAX_PADDING_LEN && end - start > first.endOffset) {
      first.reset(first.baseSeq);
      differs = false;
    }
    // Versions that are made here hold the segment already.
    for (let i = 0, count = candidates.versions.length; i < count; i++) this.extend(candidates, i, segment);
    return differs;
  }

  /** The same once the connection has been inspected: only other copies of its bytes are of interest. */
  addLater(segment: Segment, expected: number): boolean {
    const candidates = this.byRow.get(segment.row);
    if (candidates === undefined || candidates.sender !== segment.sender) return false;
    const first = candidates.versions[0]!.bytes;
    const isBehind = ((segment.seq - first.baseSeq) | 0) >= first.endOffset;
    if (isBehind && ++candidates.laterSegments > MAX_LATER_SEGMENTS) {
      this.drop(segment.row);
      return false;
    }
    return isBehind && candidates.versions.length === 1 ? false : this.add(segment, expected);
  }

  /** Urgent bytes have been found: the stream with them in their place is a version of its own. */
  keepsUrgent(row: number): void {
    const candidates = this.byRow.get(row);
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

  /** The peer of `sender` has received everything before `ack`. */
  acknowledged(row: number, sender: Endpoint, ack: number): void {
    const candidates = this.byRow.size === 0 ? undefined : this.byRow.get(row);
    if (candidates === undefined || candidates.sender !== sender) return;
    const first = candidates.versions[0]!.bytes;
    if (((ack - first.baseSeq) | 0) < first.endOffset) return;
    this.end(row);
  }

  /** No other copy will count: shows what waited for more, and frees everything. */
  end(row: number): void {
    const candidates = this.byRow.size === 0 ? undefined : this.byRow.get(row);
    if (candidates === undefined) return;
    this.readAll(row, candidates, true);
    this.drop(row);
  }

  private drop(row: number): void {
    for (const { bytes } of this.byRow.get(row)!.versions) this.assemblers.recycle(bytes);
    this.byRow.delete(row);
  }

  private begin(segment: Segment, expected: number): void {
    const { row, seq, sender, buf, start, end } = segment;
    const ahead = (seq - expected) | 0;
    // Bytes before it have been read and acknowledged; far behind it nothing is known.
    const base = ahead < 0 || ahead >= MAX_LEN ? seq : expected;
    const bytes = this.assemblers.begin(base, seq, buf, start, end, MAX_LEN, ((seq - base) | 0) + (end - start));
    if (bytes === null) return;
    const hasUrgent = this.urgent.of(row, sender).length > 0;
    const versions = [{ bytes, isRead: !hasUrgent, isStrippedRead: !hasUrgent }];
    this.byRow.set(row, { sender, versions, laterSegments: 0 });
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
    if (outcome === CANDIDATE_SETTLES) this.settles = true;
    return outcome >= CANDIDATE_READ;
  }
}

/** A byte before the next one (RFC 9293 §3.8.4), of any content. */
function isKeepAlive(bytes: StreamAssembler, offset: number, len: number): boolean {
  return len === 1 && offset === bytes.endOffset - 1;
}
