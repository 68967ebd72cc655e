import { isUtf8 } from 'node:buffer';
import { findJsonError } from '../../core/common/json-position.js';
import { LineSplitter } from '../../core/ingest/line-splitter.js';
import type { Decision } from '../../core/ingest/packet-event.js';
import type { IngestEngine } from './ingest.js';

/** Longer events are skipped. The largest payload in base64 and all else fit twice. */
export const MAX_LINE_LEN = 1 << 20;
const BYTE_ORDER_MARK = '\ufeff';
const REPLACEMENT = '\ufffd';
const BLANK = /^[ \t\r]*$/;

/** Renders decisions, each record with its line end. */
export interface DecisionFormat {
  decision(decision: Decision): string;
  /** The error in line `line` of the input, counted from 1. */
  error(sentence: string, line: number): string;
}

/**
 * Events as NDJSON in, decisions as NDJSON out, for standard input and for request bodies. A malformed event gives an
 * error record with its line number; a blank line gives nothing.
 */
export class IngestLines {
  /** Lines so far, blank ones included. */
  lines = 0;
  /** Malformed events among them. */
  badLines = 0;
  private readonly splitter = new LineSplitter(MAX_LINE_LEN, {
    line: (buf, start, end) => this.line(buf, start, end),
    tooLong: () => this.tooLong(),
  });
  private arrivalMicros = 0;
  private text = '';

  constructor(
    private readonly engine: Pick<IngestEngine, 'ingest'>,
    private readonly format: DecisionFormat,
  ) {}

  /** Records for the lines that end in `chunk`. `arrivalMicros` is the time of events without one. */
  push(chunk: Buffer, arrivalMicros: number): string {
    this.arrivalMicros = arrivalMicros;
    this.splitter.push(chunk);
    return this.take();
  }

  /** The record for a last line without a line feed, '' without one. */
  end(arrivalMicros: number): string {
    this.arrivalMicros = arrivalMicros;
    this.splitter.end();
    return this.take();
  }

  private take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }

  private line(buf: Buffer, start: number, end: number): void {
    this.lines++;
    if (start === end) return;
    let line = buf.toString('utf8', start, end);
    // A replacement character may be in the text itself.
    if (line.includes(REPLACEMENT) && !isUtf8(buf.subarray(start, end))) {
      this.bad('the line is no UTF-8');
      return;
    }
    if (this.lines === 1 && line.startsWith(BYTE_ORDER_MARK)) line = line.slice(1);
    let event: unknown;
    try {
      event = JSON.parse(line);
    } catch {
      if (!BLANK.test(line)) this.bad(notJson(line));
      return;
    }
    const answer = this.engine.ingest(event, this.arrivalMicros);
    if ('error' in answer) this.bad(answer.error);
    else this.text += this.format.decision(answer);
  }

  private tooLong(): void {
    this.lines++;
    this.bad(`the line is longer than ${MAX_LINE_LEN} bytes`);
  }

  private bad(error: string): void {
    this.badLines++;
    this.text += this.format.error(error, this.lines);
  }
}

function notJson(line: string): string {
  const { column, problem } = findJsonError(line)!;
  return `not JSON at column ${column}: ${problem}`;
}
