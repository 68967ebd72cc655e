import { Transform, type TransformCallback } from 'node:stream';
import { jsonValue } from '../render/summary-json.js';
import { HttpProblem } from './problem.js';
import type { Traffic } from './traffic.js';

/** Holds an event with the largest payload that the engine takes. */
export const MAX_EVENT_LEN = 2 << 20;
const NEWLINE = 10;

/**
 * Events as NDJSON in, decisions as NDJSON out, in order. A line that is no event gets `{"error", "line"}` in its place,
 * empty lines nothing. Holds one line at most, and takes no more lines than the answer's reader takes decisions. Fails
 * with an HttpProblem where a line is too long to be an event and nothing was answered yet.
 */
export class DecisionStream extends Transform {
  private line = 0;
  /** Pieces of a line whose end has not come. */
  private pieces: Buffer[] = [];
  private piecesLen = 0;
  /** The rest of a line that is too long is passed over. */
  private skipping = false;
  private hasAnswered = false;
  private out = '';

  constructor(private readonly traffic: Traffic) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const arrivalMicros = Date.now() * 1000;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.keep(chunk, start, end);
      this.lineEnds(arrivalMicros);
      start = end + 1;
    }
    this.keep(chunk, start, chunk.length);
    if (this.skipping && !this.hasAnswered && this.out === '') {
      done(new HttpProblem(413, 'body-too-large', tooLong(this.line + 1)));
      return;
    }
    this.answer();
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.piecesLen > 0 || this.skipping) this.lineEnds(Date.now() * 1000);
    this.answer();
    done();
  }

  private keep(chunk: Buffer, start: number, end: number): void {
    if (this.skipping || start === end) return;
    if (this.piecesLen + end - start > MAX_EVENT_LEN) {
      this.skipping = true;
      this.pieces = [];
      this.piecesLen = 0;
      return;
    }
    this.pieces.push(chunk.subarray(start, end));
    this.piecesLen += end - start;
  }

  private lineEnds(arrivalMicros: number): void {
    this.line++;
    const { traffic } = this;
    if (this.skipping) {
      this.skipping = false;
      this.fail(tooLong(this.line));
      return;
    }
    const [first] = this.pieces;
    if (first === undefined) return;
    const text = (this.pieces.length === 1 ? first : Buffer.concat(this.pieces, this.piecesLen)).toString('utf8');
    this.pieces.length = 0;
    this.piecesLen = 0;
    if (text.trim() === '') return;
    let event: unknown;
    try {
      event = JSON.parse(text);
    } catch {
      this.fail('the line is no JSON');
      return;
    }
    const answer = traffic.engine.ingest(event, arrivalMicros);
    if ('error' in answer) this.fail(answer.error);
    else this.out += `${jsonValue(answer)}\n`;
  }

  private fail(error: string): void {
    this.traffic.badEvents++;
    this.out += `${jsonValue({ error, line: this.line })}\n`;
  }

  private answer(): void {
    if (this.out === '') return;
    this.hasAnswered = true;
    this.push(this.out);
    this.out = '';
  }
}

function tooLong(line: number): string {
  return `line ${line} is longer than ${MAX_EVENT_LEN} bytes, which no event is`;
}
