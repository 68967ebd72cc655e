import { isUtf8 } from 'node:buffer';
import { jsonErrorOffset } from '../../adapters/stores/json-position.js';
import { LineSplitter } from '../../core/ingest/line-splitter.js';
import type { Decision } from '../../core/ingest/packet-event.js';
import type { IngestEngine } from './ingest.js';

/** An event of more bytes than this is passed over; the largest payload, in base64, with all else fits twice. */
export const MAX_LINE_LEN = 1 << 20;
const BYTE_ORDER_MARK = '\ufeff';
const REPLACEMENT = '\ufffd';
const BLANK = /^[ \t\r]*$/;

/** How decisions are written, each record with what ends it. */
export interface DecisionFormat {
  decision(decision: Decision): string;
  /** What is wrong with line `line` of the input, counted from 1. */
  error(sentence: string, line: number): string;
}

/**
 * Events as NDJSON in, decisions as NDJSON out: the same for standard input and for the body of a request. A line that
 * is no event gives an error record with its number, and the next goes on; a blank one gives nothing.
 */
export class IngestLines {
  /** Lines so far, blank ones included. */
  lines = 0;
  /** Those among them that were no events. */
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

  /** The records for the lines that end in `chunk`; events that don't say their time came at `arrivalMicros`. */
  push(chunk: Buffer, arrivalMicros: number): string {
    this.arrivalMicros = arrivalMicros;
    this.splitter.push(chunk);
    return this.take();
  }

  /** The record for a last line without a line feed, '' where there is none. */
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
  const offset = jsonErrorOffset(line);
  if (offset >= line.length) return 'no JSON: the line ends too early';
  return `no JSON: unexpected ${JSON.stringify(String.fromCodePoint(line.codePointAt(offset)!))} at character ${offset + 1}`;
}
