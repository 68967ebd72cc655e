import { monotonicMs } from './clock.js';

/** How long the work runs before it lets the event loop turn, for signals and the progress line. */
const SLICE_MS = 20;

/** Work in slices between which the event loop turns. */
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

  /** The event loop has turned meanwhile. */
  restart(): void {
    this.start = monotonicMs();
  }
}
