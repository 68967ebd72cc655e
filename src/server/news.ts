import { PassThrough, type Readable } from 'node:stream';
import { HttpProblem } from './problem.js';

/** Listeners at a time. Each takes a connection; a page that is not told of changes can still read the state. */
const MAX_LISTENERS = 200;
/** How often the state of `/ingest` is compared with what listeners were told. */
const TICK_MS = 1000;
/** Ticks between heartbeats: 10 s, shorter than any time-out of a reader or a proxy. */
const HEARTBEAT_TICKS = 10;
const RULES = 'event: rules\ndata:\n\n';
const HEARTBEAT = ':\n\n';

/** `rules`: other rules came into force; `ingest`: the state of `/ingest` changed, at most once a second. */
export type Topic = 'rules' | 'ingest';

/** Tells pages what changes, as server-sent events (HTML, §9.2). */
export class News {
  private readonly listeners = new Map<PassThrough, readonly Topic[]>();
  private timer: NodeJS.Timeout | null = null;
  private ticks = 0;
  private told = '';

  /** `ingestState` returns one line of JSON. */
  constructor(private readonly ingestState: () => string) {}

  /** A stream of events, the first of each topic at once. Throws an HttpProblem where there are too many. */
  listen(topics: readonly Topic[]): Readable {
    if (this.listeners.size >= MAX_LISTENERS) {
      throw new HttpProblem(503, 'too-many-listeners', `${MAX_LISTENERS} pages listen already`, {
        'retry-after': '60',
      });
    }
    const stream = new PassThrough();
    this.listeners.set(stream, topics);
    stream.once('close', () => this.forget(stream));
    for (const topic of topics) stream.write(topic === 'rules' ? RULES : ingestEvent(this.ingestState()));
    this.timer ??= setInterval(() => this.tick(), TICK_MS).unref();
    return stream;
  }

  /** Other rules came into force. */
  rulesChanged(): void {
    this.send('rules', RULES);
  }

  /** Ends all streams. */
  close(): void {
    for (const stream of this.listeners.keys()) stream.end();
  }

  private tick(): void {
    this.ticks++;
    const state = this.ingestState();
    if (state !== this.told) this.send('ingest', ingestEvent(state));
    this.told = state;
    if (this.ticks % HEARTBEAT_TICKS === 0) this.send(null, HEARTBEAT);
  }

  /**
   * `topic` null reaches all. A listener that does not read gets nothing more until it does: one event says as much as
   * many.
   */
  private send(topic: Topic | null, text: string): void {
    for (const [stream, topics] of this.listeners) {
      if ((topic === null || topics.includes(topic)) && !stream.writableNeedDrain) stream.write(text);
    }
  }

  private forget(stream: PassThrough): void {
    this.listeners.delete(stream);
    if (this.listeners.size > 0 || this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
  }
}

function ingestEvent(state: string): string {
  return `event: ingest\ndata: ${state}\n\n`;
}
