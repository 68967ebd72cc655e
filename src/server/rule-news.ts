import { PassThrough, type Readable } from 'node:stream';
import { HttpProblem } from './problem.js';

/** Listeners at a time. Each takes a connection; a page that is not told of changes can still read the rules. */
const MAX_LISTENERS = 200;
/** Shorter than any time-out of a reader or a proxy. */
const HEARTBEAT_MS = 10_000;
const CHANGE = 'event: rules\ndata:\n\n';
const HEARTBEAT = ':\n\n';

/** Tells pages that other rules came into force, as server-sent events (HTML, §9.2). */
export class RuleNews {
  private readonly listeners = new Set<PassThrough>();
  private timer: NodeJS.Timeout | null = null;

  /** A stream of events, the first one at once. Throws an HttpProblem where there are too many. */
  listen(): Readable {
    if (this.listeners.size >= MAX_LISTENERS) {
      throw new HttpProblem(503, 'too-many-listeners', `${MAX_LISTENERS} pages listen already`, {
        'retry-after': '60',
      });
    }
    const stream = new PassThrough();
    this.listeners.add(stream);
    stream.once('close', () => this.forget(stream));
    stream.write(CHANGE);
    this.timer ??= setInterval(() => this.send(HEARTBEAT), HEARTBEAT_MS).unref();
    return stream;
  }

  changed(): void {
    this.send(CHANGE);
  }

  /** Ends all streams. */
  close(): void {
    for (const stream of this.listeners) stream.end();
  }

  /** A listener that does not read is told of nothing more until it does: one event says as much as many. */
  private send(text: string): void {
    for (const stream of this.listeners) if (!stream.writableNeedDrain) stream.write(text);
  }

  private forget(stream: PassThrough): void {
    this.listeners.delete(stream);
    if (this.listeners.size > 0 || this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
  }
}
