import { Transform, type TransformCallback } from 'node:stream';
import { DecisionJson } from '../render/decision-json.js';
import { IngestLines, MAX_LINE_LEN } from '../usecases/ingest/ingest-lines.js';
import { HttpProblem } from './problem.js';
import type { ServerStats } from './server-stats.js';

/**
 * Events as NDJSON in, decisions as NDJSON out, in order, as `dpi ingest` prints them. Reads lines only as fast as the
 * client reads decisions. Fails with an HttpProblem if the first line is too long: no response was sent yet, so the
 * status can still say so.
 */
export class DecisionStream extends Transform {
  private readonly lines: IngestLines;
  private receivedLen = 0;

  constructor(private readonly stats: ServerStats) {
    super();
    this.lines = new IngestLines(stats.engine, new DecisionJson());
    stats.openStreams++;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.receivedLen += chunk.length;
    const badBefore = this.lines.badLines;
    const text = this.lines.push(chunk, Date.now() * 1000);
    this.stats.badEvents += this.lines.badLines - badBefore;
    if (this.lines.lines === 0 && this.receivedLen > MAX_LINE_LEN) {
      done(new HttpProblem(413, 'body-too-large', `the first line is longer than ${MAX_LINE_LEN} bytes`));
    } else {
      done(null, text === '' ? undefined : text);
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.stats.openStreams--;
    done(error);
  }

  override _flush(done: TransformCallback): void {
    const badBefore = this.lines.badLines;
    const text = this.lines.end(Date.now() * 1000);
    this.stats.badEvents += this.lines.badLines - badBefore;
    done(null, text === '' ? undefined : text);
  }
}
