import { EXIT_INTERRUPTED } from './exit-codes.js';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP (a closed terminal) into an abort, so that a partial report can be printed
 * and no temporary file is left. The second one ends the process at once.
 */
export class Interrupt {
  private readonly controller = new AbortController();
  private wasSignalled = false;

  /** `signals` are the signals that interrupt. */
  constructor(private readonly signals: readonly NodeJS.Signals[] = SIGNALS) {
    for (const signal of signals) process.on(signal, this.onSignal);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** True when the user stopped the work; false when `stop` did. */
  get signalled(): boolean {
    return this.wasSignalled;
  }

  /** Ends the work for another reason, such as a closed output. */
  stop(): void {
    this.controller.abort();
  }

  /** Restores the default effect of the signals. */
  release(): void {
    for (const signal of this.signals) process.off(signal, this.onSignal);
  }

  private readonly onSignal = () => {
    if (this.wasSignalled) process.exit(EXIT_INTERRUPTED);
    this.wasSignalled = true;
    this.controller.abort();
  };
}
