import type { MessagePort } from 'node:worker_threads';
import type { Limits } from '../../core/engine/options.js';
import type { RuleChoice, RuleTexts } from '../../usecases/rules/rules-in-force.js';

/** What a worker is told of any upload. All of it can be cloned. */
export interface UploadRequest {
  /** Lends buffers to the body's reader, and brings them back filled. */
  readonly port: MessagePort;
  /** What the report calls the capture. */
  readonly name: string;
  /** A folder for what does not fit in memory, and the file in it for the answer. */
  readonly spoolFolder: string;
  readonly spoolFile: string;
  /** Bytes that the capture may have once unpacked. */
  readonly maxInputLen: number;
  readonly appsFiles: readonly string[];
  readonly limits: Partial<Limits>;
}

export interface AnalyzeRequest {
  readonly rules: RuleChoice;
  /** Flag of one of `FORMATS`, or "table". */
  readonly format: string;
  /** Rows in each list of the table. */
  readonly top: number;
  readonly failOn: readonly string[];
}

export interface FilterRequest {
  readonly rules: RuleChoice;
  readonly mode: 'inline' | 'flow';
  readonly keep: readonly RuleTexts[];
  /** Answer with the summary as JSON instead of the capture. */
  readonly summaryOnly: boolean;
}

/** Where an answer is: a short one at hand, others in the spool file. */
export interface SpooledResponse {
  /** Null where the answer is in the file. */
  readonly bytes: Uint8Array | null;
  readonly len: number;
}

/** Errors lose what they carry on their way between threads, so those that are foreseen come as values. */
export type UploadOutcome<T> =
  | { readonly isDone: true; readonly about: T; readonly answer: SpooledResponse }
  | { readonly isDone: false; readonly code: string; readonly message: string };
