import type { LiveOptions, LiveResult } from '../../usecases/live/live-types.js';

/** Shows live traffic in one way, and in the end its report. */
export interface LiveViewer {
  /** What it wants to be told while traffic is watched. */
  readonly hooks: Pick<LiveOptions, 'onBegin' | 'onTick' | 'onLabel' | 'onConnection' | 'drain'>;
  /** Takes what it put on the terminal away again; may be called at any time, and twice. */
  close(): void;
  /** Writes the report; `close` has been called. Throws DpiError when it can't be written. */
  finish(result: LiveResult): Promise<void>;
  /** Nothing else may be printed while it works. */
  readonly ownsTerminal: boolean;
  /** True once nobody reads what it writes any more. */
  readonly isUnread: boolean;
}
