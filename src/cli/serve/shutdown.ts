import { EXIT_DONE, EXIT_INTERRUPTED } from '../exit-codes.js';

/** The exit codes that a shell reports for a process ended by SIGTERM or SIGHUP. */
const EXIT_TERMINATED = 143;
const EXIT_HUNG_UP = 129;

/**
 * Resolves with an exit code at the first SIGINT, SIGTERM or SIGHUP (a closed terminal); SIGTERM is a service's normal
 * end. A second one ends the process at once.
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
    listen('SIGHUP', EXIT_DONE, EXIT_HUNG_UP);
  });
}

/** Waits for `work`, at most `ms`; false when it has not ended by then. */
export async function isDoneWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const isDone = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return isDone;
}
