import type { AppTable } from '../core/classify/app-table.js';
import type { RuleChoice } from '../usecases/rules/rules-in-force.js';
import type { RunningServices } from './live-services.js';
import type { UploadPool } from './uploads/upload-pool.js';

/** What routes work with. Made once by whoever starts the server; tests put their own together. */
export interface ServerServices extends RunningServices {
  /** The built-in apps and those of `--apps`. */
  readonly apps: AppTable;
  /** Files of `--apps`, for workers, which read them themselves. */
  readonly appsFiles: readonly string[];
  /** The store to use and the rules of the command line, which are in force for every request. */
  readonly rules: RuleChoice;
  /** The store as outputs name it, never with a password. */
  readonly storeName: string;
  /** Threads for captures. */
  readonly uploads: UploadPool;
  /** When the server started, milliseconds since the epoch. */
  readonly startedMs: number;
}
