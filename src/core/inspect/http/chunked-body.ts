import { type Finding, FOUND, type InspectContext, type InspectStatus, NEED_MORE, NOT_MINE } from '../inspector.js';
import { ensureProgress, type HttpProgress, IN_CHUNKS, IN_HEADERS } from './http-state.js';

/** Chunked bodies of HTTP/1 (RFC 9112 §7.1): passed over, so that the message behind one is found. */
const LF = 0x0a;
const CR = 0x0d;
const SEMICOLON = 0x3b;

/** Longest line with the length of a chunk and its extensions that is waited for. */
const MAX_CHUNK_LINE_LEN = 4096;
/** Longest chunk that is passed over by its length. */
const MAX_CHUNK_LEN = 0x4000_0000;

/** The bytes are no chunked body. */
const CHUNKS_BROKEN = -0x8000_0000;

/** A body in chunks begins at `at`: passes over what is there of it, and remembers that it may go on. */
export function beginChunks(buf: Buffer, at: number, end: number, context: InspectContext, finding: Finding): void {
  const next = passChunks(buf, at, end);
  if (next === CHUNKS_BROKEN || context.final) return;
  const progress = ensureProgress(context);
  if (next < 0) {
    endChunks(-next, progress, finding);
    return;
  }
  progress.phase = IN_CHUNKS;
  finding.consumedEnd = next;
}

/** Passes over a chunked body, from the line with the length of a chunk on. NOT_MINE for other bytes. */
export function continueChunks(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  progress: HttpProgress,
  finding: Finding,
): InspectStatus {
  const at = passChunks(buf, start, end);
  if (at === CHUNKS_BROKEN) return NOT_MINE;
  if (at === start) return context.final ? NOT_MINE : moreOfLine(start, end, finding);
  if (at < 0) return endChunks(-at, progress, finding);
  finding.consumedEnd = at;
  return FOUND;
}

/** Behind the last chunk come trailer fields, read as the rest of a header block (RFC 9112 §7.1.2). */
function endChunks(at: number, progress: HttpProgress, finding: Finding): InspectStatus {
  progress.phase = IN_HEADERS;
  progress.searchedLen = 0;
  progress.bodyLen = 0;
  progress.hasTransferCoding = false;
  progress.bodiless = true;
  progress.awaitsHost = false;
  finding.consumedEnd = at;
  return FOUND;
}

function moreOfLine(start: number, end: number, finding: Finding): InspectStatus {
  if (end - start > MAX_CHUNK_LINE_LEN) return NOT_MINE;
  finding.neededLen = end - start + 1;
  return NEED_MORE;
}

/**
 * Passes over the chunks from `at` on, which stands at the line with the length of one. Returns where the next such
 * line begins, which is `at` itself where the first is not whole, and may lie past `end`; the negated offset behind the
 * line of the last chunk, of length 0; or CHUNKS_BROKEN.
 */
function passChunks(buf: Buffer, at: number, end: number): number {
  while (at < end) {
    let len = 0;
    let i = at;
    for (; i < end; i++) {
      const digit = hexDigit(buf[i]!);
      if (digit < 0) break;
      len = len * 16 + digit;
      if (len > MAX_CHUNK_LEN) return CHUNKS_BROKEN;
    }
    if (i === at) return CHUNKS_BROKEN;
    const lineFeed = endOfChunkLine(buf, i, end);
    if (lineFeed < 0) return lineFeed === CHUNKS_BROKEN ? CHUNKS_BROKEN : at;
    if (len === 0) return -(lineFeed + 1);
    const dataEnd = lineFeed + 1 + len;
    // CR LF behind the data; LF alone is taken as servers take it, once it is there to be seen.
    at = dataEnd < end && buf[dataEnd] === LF ? dataEnd + 1 : dataEnd + 2;
  }
  return at;
}

/** Offset of the LF that ends the line with a chunk's length; -1 while it is not there; CHUNKS_BROKEN for others. */
function endOfChunkLine(buf: Buffer, at: number, end: number): number {
  let inExtension = false;
  for (let i = at; i < end; i++) {
    const byte = buf[i]!;
    if (byte === LF) return i;
    if (byte === SEMICOLON) inExtension = true;
    else if (!inExtension && byte !== CR && byte !== 0x20 && byte !== 0x09) return CHUNKS_BROKEN;
  }
  return -1;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
