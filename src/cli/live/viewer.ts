import type { LiveOptions, LiveResult } from '../../usecases/live/live-types.js';

/** Shows live traffic in one form, and its report at the end. */
export interface LiveViewer {
  /** The callbacks that it needs while traffic is watched. */
  readonly hooks: Pick<LiveOptions, 'onBegin' | 'onTick' | 'onLabel' | 'onConnection' | 'drain'>;
  /** Removes its output from the terminal; may be called at any time, and more than once. */
  close(): void;
  /** Writes the report; `close` has been called. Throws DpiError when it can't be written. */
  finish(result: LiveResult): Promise<void>;
  /** Nothing else may be printed while it runs. */
  readonly ownsTerminal: boolean;
  /** True once the reader has closed the output. */
  readonly isUnread: boolean;
}
