/**
 * Connections ended between two pauses. At some 10 µs each that is 5 ms, well within a turn of the event loop
 * (TurnTimer), and their records fit in the buffers of a report's writer.
 */
const DRAIN_STEP = 500;

/** Something with connections in progress, such as a Pipeline. */
export interface Drainable {
  /** Ends up to `max` of them; false when none is left. */
  drain(max: number): boolean;
}

/** Ends all connections in progress. Between steps, `pause` lets the event loop turn and the output catch up. */
export async function drainAll(engine: Drainable, pause: () => Promise<void>): Promise<void> {
  while (engine.drain(DRAIN_STEP)) await pause();
}
