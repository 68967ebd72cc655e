import { EXIT_DONE, EXIT_INTERRUPTED } from '../exit-codes.js';

/** What a shell reports for a process that SIGTERM ended. */
const EXIT_TERMINATED = 143;

/**
 * The first SIGINT or SIGTERM, as an exit code: a service that is told to stop has done its work. A second one ends the
 * process at once.
 */
export function stopSignal(): Promise<number> {
  return new Promise((resolve) => {
    let isStopping = false;
    const listen = (signal: NodeJS.Signals, first: number, second: number) => {
      process.on(signal, () => {
        if (isStopping) process.exit(second);
        isStopping = true;
        resolve(first);
      });
    };
    listen('SIGINT', EXIT_INTERRUPTED, EXIT_INTERRUPTED);
    listen('SIGTERM', EXIT_DONE, EXIT_TERMINATED);
  });
}

/** Awaits `work`, but no longer than `ms`; false when it was not over by then. */
export async function isDoneWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const isDone = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return isDone;
}
