/**
 * Long work in steps: a generator that yields every few milliseconds. `inOneGo` runs it to its end; `inTurns` lets the
 * event loop turn between two steps.
 */
export type Steps<T> = Generator<void, T>;

/** The result of the work, without a pause. */
export function inOneGo<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The result of the work. Timers and requests get their turn between two steps. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
