import { monotonicMs } from './clock.js';

/** How long work may block the event loop, which serves signals and the progress line. */
const SLICE_MS = 20;

/** Tells long work when to let the event loop turn. */
export class TurnTimer {
  private start = monotonicMs();

  get isOver(): boolean {
    return monotonicMs() - this.start > SLICE_MS;
  }

  /** Lets the event loop turn. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.restart();
  }

  /** Call when the event loop has turned meanwhile. */
  restart(): void {
    this.start = monotonicMs();
  }
}
