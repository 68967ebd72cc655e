import {
  CONFIDENCE_LIKELY,
  type Finding,
  FOUND,
  type InspectContext,
  type Inspector,
  type InspectStatus,
  NEED_MORE,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
} from '../inspector.js';
import { setHost, setTargetHost } from './authority.js';
import { beginChunks, continueChunks } from './chunked-body.js';
import { continuesHeaders, findLineFeed, HeaderScan, scanHeaders } from './header-block.js';
import {
  AT_MESSAGE,
  BEFORE_HOST,
  ensureProgress,
  type HttpProgress,
  IN_CHUNKS,
  IN_HEADERS,
  progressOf,
  releaseState,
} from './http-state.js';
import {
  BARE_REQUEST,
  IS_TOKEN_CHAR,
  isStartLinePrefix,
  isStatus,
  mayBeStartLine,
  NOT_HTTP,
  REQUEST,
  readStartLine,
  SIMPLE_REQUEST,
  STATUS_LINE,
  StartLine,
} from './start-line.js';

/** Header blocks beyond this many bytes before Host have no Host. */
const MAX_HEADER_LEN = 0x10000;
/** Longest status line without a line end that is waited for. */
const MAX_STATUS_LINE_LEN = 8192;
/** Fewer bytes than these are searched again rather than remembered. */
const MIN_REMEMBERED_LEN = 2048;
/** Empty lines before a request line that are passed over (RFC 9112 §2.2), in bytes; nginx passes over any number. */
const MAX_EMPTY_LINES_LEN = 1024;

const LF = 0x0a;
const CR = 0x0d;

/**
 * HTTP/1 requests and responses, found by their start line on any port, in either direction (RFC 9112).
 *
 * The name of a request is its first Host field, as soon as that line is there whole; without one it is the authority
 * in the target (absolute form, CONNECT). Where both are there and differ, both are names, and none is certain: RFC
 * 9112 §3.2.2 has servers follow the target, and not all do.
 *
 * `consumedEnd` is behind the header block and the declared or chunked body, behind the header block for others. Where
 * the header block is not all there, it is the first line that is not whole: shown again with what follows, that line
 * and the rest are FOUND without a name up to the blank line. So requests in one segment and requests over several are
 * both read to their end, and nothing but one unfinished line is ever waited for once the name is known.
 *
 * HTTP/2's preface is NOT_MINE, also where an upgrade leads to it.
 */
export const httpInspector: Inspector = {
  name: 'http',
  ipProto: 6,
  firstBytes: possibleFirstBytes(),
  ports: [80, 8080, 8000, 3128],
  maxBufferedLen: 0x10000,
  continues: true,
  end: releaseState,
  inspect,
};

/** Both are reused by each call: calls don't nest, and nothing in them survives one. */
const startLine = new StartLine();
const scan = new HeaderScan();

function inspect(buf: Buffer, start: number, end: number, context: InspectContext, finding: Finding): InspectStatus {
  if (start >= end) return NOT_MINE;
  const progress = progressOf(context);
  if (progress !== null && progress.phase === IN_HEADERS) {
    if (continuesHeaders(buf, start, end)) return continueHeaders(buf, start, end, context, progress, finding);
    progress.phase = AT_MESSAGE;
  }
  if (progress !== null && progress.phase === IN_CHUNKS) {
    const status = continueChunks(buf, start, end, context, progress, finding);
    if (status !== NOT_MINE) return status;
    progress.phase = AT_MESSAGE;
  }

  const messageStart = skipEmptyLines(buf, start, end);
  if (messageStart === end) return needMore(finding, start, end, context);
  if (!mayBeStartLine(buf, messageStart, end)) return NOT_MINE;
  let searchedTo = messageStart;
  if (progress !== null && progress.phase === BEFORE_HOST) {
    progress.phase = AT_MESSAGE;
    if (isSameMessage(buf, start, end, progress)) {
      searchedTo = start + progress.searchedLen;
      if (progress.lineOffset !== 0) {
        const { lineOffset, bodyLen, hasTransferCoding } = progress;
        scan.reset(start + lineOffset);
        scan.searchedTo = searchedTo;
        scan.bodyLen = bodyLen;
        scan.hasTransferCoding = hasTransferCoding;
        return readRequest(buf, start, messageStart, end, context, finding);
      }
    }
  }

  const lineFeed = findLineFeed(buf, searchedTo, end);
  if (lineFeed === -1) return inspectUnfinishedLine(buf, start, messageStart, end, searchedTo, context, finding);
  const kind = readStartLine(buf, messageStart, lineEnd(buf, messageStart, lineFeed), startLine);
  if (kind === NOT_HTTP) return NOT_MINE;
  finding.role = kind === STATUS_LINE ? ROLE_SERVER : ROLE_CLIENT;
  scan.reset(lineFeed + 1);
  if (kind === SIMPLE_REQUEST || kind === BARE_REQUEST) return readVersionless(buf, kind, end, context, finding);
  if (kind === STATUS_LINE) {
    scan.hostStart = scan.hostEnd = messageStart;
    scanHeaders(buf, end, true, scan);
    return foundUpTo(buf, end, isBodilessStatus(startLine.statusCode), context, finding);
  }
  return readRequest(buf, start, -1, end, context, finding);
}

/**
 * A request without a version. HTTP/0.9 ends with its line, yet servers read a Host field behind it; a line that only
 * begins like a request needs one to be believed.
 */
function readVersionless(
  buf: Buffer,
  kind: typeof SIMPLE_REQUEST | typeof BARE_REQUEST,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  const lineBehind = scan.at;
  scanHeaders(buf, end, true, scan);
  const isNamed = scan.hostStart !== -1 && setHost(buf, scan.hostStart, scan.hostEnd, finding);
  if (isNamed) return foundUpTo(buf, end, false, context, finding);
  if (kind === BARE_REQUEST) return NOT_MINE;
  setTargetHost(buf, startLine.targetStart, startLine.targetEnd, false, finding);
  finding.consumedEnd = lineBehind;
  if (!scan.complete && !context.final && (lineBehind === end || continuesHeaders(buf, lineBehind, end))) {
    const progress = ensureProgress(context);
    progress.phase = IN_HEADERS;
    progress.searchedLen = 0;
    progress.bodyLen = 0;
    progress.hasTransferCoding = false;
    progress.bodiless = false;
    progress.awaitsHost = true;
  }
  return FOUND;
}

/**
 * A request whose line is whole; `scan` stands at the first field not read yet. `startLine` holds the line, unless it
 * was read in an earlier call: then it begins at `unreadLineStart`, else -1.
 */
function readRequest(
  buf: Buffer,
  start: number,
  unreadLineStart: number,
  end: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  scanHeaders(buf, end, context.final, scan);
  const isNamed = scan.hostStart !== -1;
  if (!isNamed && !scan.complete && !context.final && end - start < MAX_HEADER_LEN) {
    return needMore(finding, start, end, context, scan.at, scan.searchedTo);
  }
  if (unreadLineStart !== -1) {
    const firstLineEnd = lineEnd(buf, unreadLineStart, findLineFeed(buf, unreadLineStart, end));
    if (readStartLine(buf, unreadLineStart, firstLineEnd, startLine) !== REQUEST) return NOT_MINE;
  }
  finding.role = ROLE_CLIENT;
  const { targetStart, targetEnd, isConnect } = startLine;
  if (setTargetHost(buf, targetStart, targetEnd, isConnect, finding) && isNamed) {
    const { nameStart, nameEnd } = finding;
    if (setHost(buf, scan.hostStart, scan.hostEnd, finding)) addOther(buf, nameStart, nameEnd, finding);
  } else if (isNamed) setHost(buf, scan.hostStart, scan.hostEnd, finding);
  return foundUpTo(buf, end, isConnect, context, finding);
}

/** Adds the host in `buf[start, end)` to the finding where it is not the one it has. */
function addOther(buf: Buffer, start: number, end: number, finding: Finding): void {
  if (isSameText(buf, start, end, finding.nameStart, finding.nameEnd)) return;
  finding.otherNameStart = start;
  finding.otherNameEnd = end;
  finding.confidence = CONFIDENCE_LIKELY;
}

/** Whether two texts in `buf` are the same, ASCII case aside. */
function isSameText(buf: Buffer, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let i = 0; i < end - start; i++) if (lower(buf[start + i]!) !== lower(buf[otherStart + i]!)) return false;
  return true;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** Bytes behind the start line and name of a message that were reported before. */
function continueHeaders(
  buf: Buffer,
  start: number,
  end: number,
  context: InspectContext,
  progress: HttpProgress,
  finding: Finding,
): InspectStatus {
  scan.reset(start);
  // Unless it is awaited, a Host field is a second one now, or one in a response: neither names anything.
  if (!progress.awaitsHost) scan.hostStart = scan.hostEnd = start;
  scan.bodyLen = progress.bodyLen;
  scan.hasTransferCoding = progress.hasTransferCoding;
  if (progress.searchedLen <= end - start) scan.searchedTo = start + progress.searchedLen;
  scanHeaders(buf, end, true, scan);
  if (!scan.complete && scan.at === start && !context.final) {
    if (end - start >= MAX_HEADER_LEN) {
      progress.phase = AT_MESSAGE;
      return NOT_MINE;
    }
    progress.searchedLen = end - start;
    finding.neededLen = end - start + 1;
    return NEED_MORE;
  }
  if (progress.awaitsHost && scan.hostStart !== -1) {
    progress.awaitsHost = false;
    finding.role = ROLE_CLIENT;
    setHost(buf, scan.hostStart, scan.hostEnd, finding);
  }
  return foundUpTo(buf, end, progress.bodiless, context, finding);
}

/** FOUND up to where `scan` has come: behind the body, or to the line at which the header block goes on. */
function foundUpTo(
  buf: Buffer,
  end: number,
  bodiless: boolean,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  finding.consumedEnd = scan.at;
  if (scan.complete) {
    const progress = progressOf(context);
    if (progress !== null) progress.phase = AT_MESSAGE;
    if (!bodiless && scan.hasTransferCoding) beginChunks(buf, scan.at, end, context, finding);
    else if (!bodiless) finding.consumedEnd += scan.bodyLen;
  } else if (context.final) {
    finding.consumedEnd = -1;
  } else {
    const progress = ensureProgress(context);
    progress.phase = IN_HEADERS;
    progress.searchedLen = 0;
    progress.bodyLen = scan.bodyLen;
    progress.hasTransferCoding = scan.hasTransferCoding;
    progress.bodiless = bodiless;
    progress.awaitsHost = false;
  }
  return FOUND;
}

/** No line end yet: wait while the bytes still look like a start line. */
function inspectUnfinishedLine(
  buf: Buffer,
  start: number,
  messageStart: number,
  end: number,
  searchedTo: number,
  context: InspectContext,
  finding: Finding,
): InspectStatus {
  if (!isStartLinePrefix(buf, messageStart, end, searchedTo)) return NOT_MINE;
  const hasStatus = isStatus(buf, messageStart, end);
  if (context.final || end - start >= (hasStatus ? MAX_STATUS_LINE_LEN : MAX_HEADER_LEN)) {
    return hasStatus ? FOUND : NOT_MINE;
  }
  return needMore(finding, start, end, context, start, end);
}

/** NEED_MORE, remembering in a long message that nothing before `searchedTo` has to be looked at again. */
function needMore(
  finding: Finding,
  start: number,
  end: number,
  context: InspectContext,
  lineStart = start,
  searchedTo = start,
): InspectStatus {
  if (context.final) return NOT_MINE;
  finding.neededLen = end - start + 1;
  if (end - start >= MIN_REMEMBERED_LEN) {
    const progress = ensureProgress(context);
    progress.phase = BEFORE_HOST;
    progress.lineOffset = lineStart - start;
    progress.searchedLen = searchedTo - start;
    progress.bodyLen = scan.bodyLen;
    progress.hasTransferCoding = scan.hasTransferCoding;
  }
  return NEED_MORE;
}

/** Whether what was remembered fits these bytes: the engine may have given up on the ones shown before. */
function isSameMessage(buf: Buffer, start: number, end: number, progress: HttpProgress): boolean {
  const { lineOffset, searchedLen } = progress;
  return searchedLen <= end - start && (lineOffset === 0 || buf[start + lineOffset - 1] === LF);
}

function skipEmptyLines(buf: Buffer, start: number, end: number): number {
  const last = Math.min(end, start + MAX_EMPTY_LINES_LEN);
  while (start < last && (buf[start] === CR || buf[start] === LF)) start++;
  return start;
}

function lineEnd(buf: Buffer, start: number, lineFeed: number): number {
  return lineFeed > start && buf[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
}

function isBodilessStatus(code: number): boolean {
  return code < 200 || code === 204 || code === 304;
}

function possibleFirstBytes(): number[] {
  const bytes = [LF, CR];
  for (let byte = 0; byte < 256; byte++) if (IS_TOKEN_CHAR[byte] === 1) bytes.push(byte);
  return bytes;
}
