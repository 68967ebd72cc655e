import { Transform, type TransformCallback } from 'node:stream';
import { DecisionJson } from '../render/decision-json.js';
import { IngestLines, MAX_LINE_LEN } from '../usecases/ingest/ingest-lines.js';
import { HttpProblem } from './problem.js';
import type { ServerStats } from './server-stats.js';

/**
 * Events as NDJSON in, decisions as NDJSON out, in order, as `dpi ingest` gives them. Takes no more lines than the
 * reader of the answer takes decisions. Fails with an HttpProblem where the first line is too long to be an event:
 * nothing was answered yet, so the status can say it.
 */
export class DecisionStream extends Transform {
  private readonly lines: IngestLines;
  private receivedLen = 0;

  constructor(private readonly traffic: ServerStats) {
    super();
    this.lines = new IngestLines(traffic.engine, new DecisionJson());
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.receivedLen += chunk.length;
    const badBefore = this.lines.badLines;
    const text = this.lines.push(chunk, Date.now() * 1000);
    this.traffic.badEvents += this.lines.badLines - badBefore;
    if (this.lines.lines === 0 && this.receivedLen > MAX_LINE_LEN) {
      done(new HttpProblem(413, 'body-too-large', `the first line is longer than ${MAX_LINE_LEN} bytes`));
    } else {
      done(null, text === '' ? undefined : text);
    }
  }

  override _flush(done: TransformCallback): void {
    const badBefore = this.lines.badLines;
    const text = this.lines.end(Date.now() * 1000);
    this.traffic.badEvents += this.lines.badLines - badBefore;
    done(null, text === '' ? undefined : text);
  }
}
